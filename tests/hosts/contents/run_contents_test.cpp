#include "hosts/contents/run_contents.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

Event event_of(EventKind kind, std::int64_t seq, const std::string& call, Json fields) {
  Event event;
  event.kind = kind;
  event.seq = seq;
  event.call_id = call;
  event.fields = std::move(fields);
  return event;
}

Json picture(const std::string& type, const std::string& data) {
  return {{"type", type.substr(0, type.find('/'))}, {"data", data}, {"mimeType", type}};
}

}  // namespace

TEST_CASE("what came with the task and from tools is named by event and place, and whose it is") {
  const std::vector<Event> events = {
      event_of(EventKind::run_started, 1, "",
               {{"images",
                 {{{"media_type", "image/png"}, {"url", "data:image/png;base64,AAAA"}},
                  {{"url", "https://example.test/b.jpg"}}}}}),
      event_of(EventKind::tool_called, 4, "c1", {{"tool", "cam.shot"}, {"args", Json::object()}}),
      event_of(EventKind::tool_called, 5, "c2", {{"tool", "mic.take"}, {"args", Json::object()}}),
      event_of(EventKind::tool_returned, 6, "c2",
               {{"outcome", "ok"}, {"value", {{"content", {picture("audio/wav", "AAAA")}}}}}),
      event_of(EventKind::tool_returned, 7, "c1",
               {{"outcome", "ok"},
                {"value",
                 {{"content", {picture("image/png", "AAAA"), picture("image/gif", "AAAA")}}}}})};
  const std::vector<RunContent> found = contents_of(events);
  REQUIRE(found.size() == 5);
  CHECK(found[0].name == "image-1-1");
  CHECK(found[0].from == "task");
  CHECK(found[0].words == "image/png, 3 bytes");
  CHECK(found[1].words == "image at https://example.test/b.jpg");
  CHECK(found[2].name == "file-6-1");
  CHECK(found[2].from == "mic.take");
  CHECK(found[2].words == "audio/wav, 3 bytes");
  CHECK(found[4].name == "image-7-2");
  CHECK(found[4].from == "cam.shot");
  CHECK(found[4].image.url == "data:image/gif;base64,AAAA");
}

TEST_CASE("an image that was told of already is told as it was") {
  CHECK(image_words(ImagePart{"image/png", "[image/png, 12.3 KB]"}) == "image/png, 12.3 KB");
}

}  // namespace yoke
