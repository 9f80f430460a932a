#pragma once

#include <string>
#include <string_view>

#include "runtime/ports/model.h"

// What every protocol needs of a message to write it.
namespace yoke {

template <class T>
bool has_part(const Message& message) {
  for (const Part& part : message.parts) {
    if (std::holds_alternative<T>(part)) return true;
  }
  return false;
}

// The images that belong to the result at `at` of a tool's message: those right behind it.
std::vector<const ImagePart*> images_behind(const Message& message, std::size_t at);

// For protocols whose results are text alone: what was to be seen is told by a user's message
// behind the last of the results. Of the message at `index` and the tools' messages right before
// it, where no other one follows; else nothing.
struct SeenOfTool {
  std::string words;  // whose it is
  std::vector<const ImagePart*> images;
};
std::vector<SeenOfTool> seen_up_to(const std::vector<Message>& messages, std::size_t index);

// The call's arguments as a JSON object. Servers parse the arguments of the history too, so what
// was no JSON is one that holds its text: {"unparsed": "…"}.
Json arguments_of(const ToolCallPart& call);

// The id as it is when it fits `chars_max`, else so many characters of its hash: calls and their
// results stay paired.
std::string fitting_id(const std::string& id, std::size_t chars_max);

// Which of a caller's options a protocol has words for. The others change nothing that a caller is
// promised (seed, reasoning_effort), or are refused.
struct OptionWords {
  std::string_view protocol;  // "Ollama's protocol"
  bool stop = true;
  bool top_k = true;
  bool must_call = true;  // tool_choice "required" and "tool"
  bool one_call = true;   // parallel_tools false
};
// Errors: invalid, naming the option that cannot be said, or is none.
Result<void> check_options(const ModelRequest& request, const OptionWords& words);

}  // namespace yoke
