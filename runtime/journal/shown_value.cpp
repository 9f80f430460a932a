#include "runtime/journal/shown_value.h"

#include <algorithm>
#include <array>

namespace yoke {
namespace {

bool is_image(const Json& block) {
  return string_at(block, "type") == "image" &&
         is_shown_image(string_at(block, "mimeType"), string_at(block, "data"));
}

std::size_t bytes_in(std::string_view base64) { return base64.size() / 4 * 3; }

Json as_text(const Json& block) {
  const std::string type = string_at(block, "mimeType");
  Json text{{"type", "text"}, {"text", image_words(type, string_at(block, "data"))}};
  for (const auto& [key, value] : block.items()) {
    if (key != "type" && key != "data") text[key] = value;
  }
  return text;
}

}  // namespace

bool is_shown_image(const std::string& media_type, const std::string& base64) {
  static constexpr std::array<std::string_view, 4> kTypes = {"image/png", "image/jpeg", "image/gif",
                                                             "image/webp"};
  const auto is_digit = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
  };
  if (base64.empty() || base64.size() % 4 != 0 || bytes_in(base64) > kShownImageBytesMax) {
    return false;
  }
  if (std::find(kTypes.begin(), kTypes.end(), media_type) == kTypes.end()) return false;
  const std::size_t padding = base64.ends_with("==") ? 2 : base64.ends_with('=') ? 1 : 0;
  return std::all_of(base64.begin(), base64.end() - static_cast<std::ptrdiff_t>(padding), is_digit);
}

std::string image_words(const std::string& media_type, const std::string& base64) {
  return "[" + media_type + ", " + std::to_string(bytes_in(base64)) + " bytes]";
}

ShownValue shown_value(const Json& value) {
  const Json& content = member_at(value, "content");
  if (!content.is_array() || std::none_of(content.begin(), content.end(), is_image)) {
    return ShownValue{value};
  }
  ShownValue shown;
  shown.read = Json::object();
  for (const auto& [key, member] : value.items()) {
    if (key != "content") shown.read[key] = member;
  }
  Json& blocks = shown.read["content"] = Json::array();
  std::size_t bytes = 0;
  for (const Json& block : content) {
    if (!is_image(block)) {
      blocks.push_back(block);
      continue;
    }
    const std::string& data = member_at(block, "data").get_ref<const std::string&>();
    blocks.push_back(as_text(block));
    bytes += bytes_in(data);
    if (bytes > kShownImagesBytesMax || shown.images.size() == kShownImagesMax) continue;
    const std::string type = string_at(block, "mimeType");
    shown.images.push_back(ImagePart{type, "data:" + type + ";base64," + data});
  }
  return shown;
}

void forget_old_images(std::vector<Message>& messages) {
  std::size_t count = 0;
  std::size_t bytes = 0;
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    if (message->role != Role::tool) continue;
    std::vector<Part> kept;
    for (auto part = message->parts.rbegin(); part != message->parts.rend(); ++part) {
      const auto* image = std::get_if<ImagePart>(&*part);
      if (image != nullptr) {
        bytes += bytes_in(image->url);
        if (++count > kShownImagesMax || bytes > kShownImagesBytesMax) continue;
      }
      kept.push_back(std::move(*part));
    }
    std::reverse(kept.begin(), kept.end());
    message->parts = std::move(kept);
  }
}

}  // namespace yoke
