#include "runtime/journal/shown_value.h"

#include <catch2/catch.hpp>

#include "runtime/journal/history.h"

namespace yoke {
namespace {

Json image_block(const std::string& data, const std::string& type = "image/png") {
  return {{"type", "image"}, {"data", data}, {"mimeType", type}};
}

Message shown(const Json& value) {
  CallState call;
  call.outcome = Outcome::ok;
  call.value = value;
  ToolCallPart wanted;
  wanted.id = "c1";
  wanted.name = "cam.shot";
  Message message;
  message.role = Role::tool;
  message.parts = result_parts(call, wanted);
  return message;
}

std::size_t images_in(const Message& message) {
  std::size_t count = 0;
  for (const Part& part : message.parts) count += std::holds_alternative<ImagePart>(part) ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("an image in what a tool gave is shown, and told in its place") {
  const Json text{{"type", "text"}, {"text", "the door"}};
  const Json value{{"content", Json::array({text, image_block("AAAA")})}, {"n", 1}};
  const Message message = shown(value);
  REQUIRE(message.parts.size() == 2);
  const auto& result = std::get<ToolResultPart>(message.parts[0]);
  const Json read = parse_json(result.content).value();
  CHECK(read["content"][0] == text);
  CHECK(read["content"][1]["text"] == "[image/png, 3 bytes]");
  CHECK(read["n"] == 1);
  const auto& image = std::get<ImagePart>(message.parts[1]);
  CHECK(image.media_type == "image/png");
  CHECK(image.url == "data:image/png;base64,AAAA");
}

TEST_CASE("what is no image that a model can be shown stays as the tool gave it") {
  for (const Json& value :
       {Json("text"), Json{{"content", "text"}}, Json::array({image_block("AAAA")}),
        Json{{"content", Json::array({image_block("A")})}},
        Json{{"content", Json::array({image_block("A=AA")})}},
        Json{{"content", Json::array({image_block("AAAA", "image/svg+xml")})}},
        Json{{"content", Json::array({image_block("AA-_")})}}}) {
    CHECK(shown_value(value).images.empty());
    CHECK(shown_value(value).read == value);
  }
}

TEST_CASE("a call that failed shows nothing") {
  CallState call;
  call.outcome = Outcome::error;
  call.value = Json{{"content", Json::array({image_block("AAAA")})}};
  CHECK(result_parts(call, ToolCallPart{}).size() == 1);
}

TEST_CASE("of one value and of one view only so many images are shown, the newest of a view") {
  Json many = Json::array();
  for (std::size_t i = 0; i < kShownImagesMax + 2; ++i) many.push_back(image_block("AAAA"));
  const ShownValue value = shown_value(Json{{"content", many}});
  CHECK(value.images.size() == kShownImagesMax);
  CHECK(value.read["content"].size() == kShownImagesMax + 2);
  std::vector<Message> messages{shown(Json{{"content", many}}), user_message("and?"),
                                shown(Json{{"content", Json::array({image_block("BBBB")})}})};
  forget_old_images(messages);
  CHECK(images_in(messages[0]) == kShownImagesMax - 1);
  CHECK(images_in(messages[2]) == 1);
  CHECK(std::holds_alternative<ToolResultPart>(messages[0].parts.front()));
}

TEST_CASE("images that are too big together are forgotten from the oldest on") {
  const std::string big((5u << 20), 'A');  // 3.75 MiB decoded
  std::vector<Message> messages;
  for (int i = 0; i < 3; ++i) {
    messages.push_back(shown(Json{{"content", Json::array({image_block(big)})}}));
  }
  messages.push_back(user_message("seen by a person"));
  messages.back().parts.emplace_back(ImagePart{"image/png", "data:image/png;base64,AAAA"});
  forget_old_images(messages);
  CHECK(images_in(messages[0]) == 0);
  CHECK(images_in(messages[1]) == 1);
  CHECK(images_in(messages[2]) == 1);
  CHECK(images_in(messages[3]) == 1);
}

}  // namespace yoke
