#include "hosts/contents/run_contents.h"

#include <map>
#include <utility>

#include "hosts/contents/told_value.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kAddressBytesMax = 200;

RunContent content_from(ImagePart image) {
  RunContent content;
  content.words = image_words(image);
  content.image = std::move(image);
  return content;
}

std::vector<RunContent> in_value(const Json& value) {
  std::vector<RunContent> contents;
  for (FoundContent& found : told_value(value).contents) {
    RunContent content;
    content.words = content_words(found);
    content.image.media_type = found.media_type;
    content.image.url = "data:" + found.media_type + ";base64," + found.base64;
    contents.push_back(std::move(content));
  }
  return contents;
}

std::vector<RunContent> of_task(const Event& event) {
  std::vector<RunContent> contents;
  for (const Json& one : member_at(event.fields, "images")) {
    contents.push_back(content_from({string_at(one, "media_type"), string_at(one, "url")}));
  }
  for (RunContent& each : in_value(member_at(event.fields, "input"))) {
    contents.push_back(std::move(each));
  }
  for (RunContent& each : contents) each.from = "task";
  return contents;
}

std::vector<RunContent> of_reply(const Event& event) {
  std::vector<RunContent> contents;
  const Result<Message> message = message_from_json(member_at(event.fields, "message"));
  if (!message) return contents;
  for (const Part& part : message->parts) {
    const auto* image = std::get_if<ImagePart>(&part);
    if (image == nullptr) continue;
    contents.push_back(content_from(*image));
    contents.back().from = string_at(event.fields, "target");
  }
  return contents;
}

std::vector<RunContent> found_in(const Event& event) {
  switch (event.kind) {
    case EventKind::run_started:
      return of_task(event);
    case EventKind::model_replied:
      return of_reply(event);
    case EventKind::tool_returned:
    case EventKind::child_finished:
    case EventKind::script_returned:
      return in_value(member_at(event.fields, "value"));
    default:
      return {};
  }
}

// What a call is called, by what opened it.
std::string called_name(const Event& event) {
  for (const char* name : {"tool", "agent", "name"}) {
    std::string said = string_at(event.fields, name);
    if (!said.empty()) return said;
  }
  return {};
}

}  // namespace

std::string image_words(const ImagePart& image) {
  const ToldValue told = told_value(Json(image.url));
  if (told.contents.empty()) {
    const bool is_told = image.url.starts_with('[') && image.url.ends_with(']');
    if (is_told) return printable(image.url.substr(1, image.url.size() - 2));
    return "image at " + shorten(printable(image.url), kAddressBytesMax);
  }
  FoundContent content = told.contents.front();
  if (!image.media_type.empty()) content.media_type = printable(image.media_type);
  return content_words(content);
}

std::vector<RunContent> contents_of(const Event& event) {
  std::vector<RunContent> contents = found_in(event);
  for (std::size_t at = 0; at < contents.size(); ++at) {
    RunContent& content = contents[at];
    const bool is_image =
        content.image.media_type.empty() || content.image.media_type.starts_with("image/");
    content.seq = event.seq;
    content.name =
        (is_image ? "image-" : "file-") + std::to_string(event.seq) + "-" + std::to_string(at + 1);
  }
  return contents;
}

std::vector<RunContent> contents_of(const std::vector<Event>& events) {
  std::map<std::string, std::string> called;  // by call
  std::vector<RunContent> all;
  for (const Event& event : events) {
    if (spec_of(event.kind).edge == CallEdge::opens) called[event.call_id] = called_name(event);
    for (RunContent& content : contents_of(event)) {
      if (content.from.empty()) content.from = called[event.call_id];
      all.push_back(std::move(content));
    }
  }
  return all;
}

}  // namespace yoke
