#include "models/wire/request_parts.h"

#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kBadArgsBytesMax = 4096;

Error unsayable(const OptionWords& words, const std::string& option) {
  return Error{Errc::invalid, std::string(words.protocol) + " has no words for '" + option +
                                  "': leave it out, or name another model"};
}

bool is_offered(const ModelRequest& request, const std::string& name) {
  for (const ToolSpec& tool : request.tools) {
    if (tool.name == name) return true;
  }
  return false;
}

}  // namespace

std::vector<const ImagePart*> images_behind(const Message& message, std::size_t at) {
  std::vector<const ImagePart*> images;
  for (++at; at < message.parts.size(); ++at) {
    const auto* image = std::get_if<ImagePart>(&message.parts[at]);
    if (image == nullptr) break;
    images.push_back(image);
  }
  return images;
}

std::vector<SeenOfTool> seen_up_to(const std::vector<Message>& messages, std::size_t index) {
  std::vector<SeenOfTool> all;
  const auto is_tool = [&](std::size_t at) { return messages[at].role == Role::tool; };
  if (!is_tool(index) || (index + 1 < messages.size() && is_tool(index + 1))) return all;
  std::size_t first = index;
  while (first > 0 && is_tool(first - 1)) --first;
  for (; first <= index; ++first) {
    const Message& message = messages[first];
    for (std::size_t at = 0; at < message.parts.size(); ++at) {
      const auto* result = std::get_if<ToolResultPart>(&message.parts[at]);
      if (result == nullptr) continue;
      std::vector<const ImagePart*> images = images_behind(message, at);
      if (images.empty()) continue;
      all.push_back({"(What the tool " + result->name + " gave to be seen.)", std::move(images)});
    }
  }
  return all;
}

Json arguments_of(const ToolCallPart& call) {
  if (call.args.is_object()) return call.args;
  Json wrapped = Json::object();
  wrapped["unparsed"] = shorten(to_valid_utf8(call.bad_args), kBadArgsBytesMax);
  return wrapped;
}

std::string fitting_id(const std::string& id, std::size_t chars_max) {
  if (!id.empty() && id.size() <= chars_max) return id;
  const Hash hash = sha256(id);
  return to_hex(hash).substr(0, chars_max);
}

Result<void> check_options(const ModelRequest& request, const OptionWords& words) {
  const CallOptions& options = request.options;
  if (!options.stop.empty() && !words.stop) return unsayable(words, "stop");
  if (options.top_k && !words.top_k) return unsayable(words, "top_k");
  const bool one_call = options.parallel_tools && !*options.parallel_tools;
  if (one_call && !words.one_call) return unsayable(words, "parallel_tools = false");
  const std::string& choice = options.tool_choice;
  if (choice.empty() || choice == "auto" || choice == "none") return {};
  if (choice != "required" && choice != "tool") {
    return Error{Errc::invalid, "tool_choice '" + shorten(printable(choice), 40) +
                                    "' is none: auto, none, required and tool are"};
  }
  if (!words.must_call) return unsayable(words, "tool_choice = " + choice);
  if (request.tools.empty()) {
    return Error{Errc::invalid, "tool_choice is '" + choice + "', but there are no tools"};
  }
  if (choice == "tool" && !is_offered(request, options.tool)) {
    return Error{Errc::invalid, "tool_choice names '" + shorten(printable(options.tool), 80) +
                                    "', which is none of the tools"};
  }
  return {};
}

}  // namespace yoke
