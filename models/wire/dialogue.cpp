#include "models/wire/dialogue.h"

#include <algorithm>
#include <map>

#include "runtime/base/text.h"

namespace yoke {
namespace {

// By the result that they came with.
using ImagesOf = std::map<const ToolResultPart*, std::vector<const ImagePart*>>;

// Appends to the last turn when it is of the same side.
DialogueTurn& turn_for(std::vector<DialogueTurn>& turns, bool assistant) {
  if (turns.empty() || turns.back().assistant != assistant) {
    DialogueTurn turn;
    turn.assistant = assistant;
    turns.push_back(std::move(turn));
  }
  return turns.back();
}

// Takes the results that answer calls of `before` out of the parts of `turn`, in the calls' order.
void pair_results(const DialogueTurn& before, DialogueTurn& turn, const ImagesOf& images) {
  for (const ToolCallPart* call : calls_of(before)) {
    CallAndResult pair;
    pair.call = call;
    const auto answers = [call](const Part* part) {
      const auto* result = std::get_if<ToolResultPart>(part);
      return result != nullptr && result->id == call->id;
    };
    const auto found = std::find_if(turn.parts.begin(), turn.parts.end(), answers);
    if (found != turn.parts.end()) {
      pair.result = std::get_if<ToolResultPart>(*found);
      const auto shown = images.find(pair.result);
      if (shown != images.end()) pair.images = shown->second;
      turn.parts.erase(found);
    }
    turn.results.push_back(pair);
  }
}

}  // namespace

std::vector<const ToolCallPart*> calls_of(const DialogueTurn& turn) {
  std::vector<const ToolCallPart*> calls;
  for (const Part* part : turn.parts) {
    if (const auto* call = std::get_if<ToolCallPart>(part)) calls.push_back(call);
  }
  return calls;
}

std::vector<DialogueTurn> turns_of(const std::vector<Message>& messages, const Sendable& sendable) {
  std::vector<DialogueTurn> turns;
  ImagesOf images;
  for (const Message& message : messages) {
    const bool assistant = message.role == Role::assistant;
    const ToolResultPart* result = nullptr;  // that images behind it belong to
    for (const Part& part : message.parts) {
      const auto* image = std::get_if<ImagePart>(&part);
      if (image != nullptr && message.role == Role::tool) {
        if (result != nullptr && sendable(part, assistant)) images[result].push_back(image);
        continue;
      }
      if (const auto* one = std::get_if<ToolResultPart>(&part)) result = one;
      if (sendable(part, assistant)) turn_for(turns, assistant).parts.push_back(&part);
    }
  }
  std::vector<DialogueTurn> paired;
  for (DialogueTurn& turn : turns) {
    if (!paired.empty() && paired.back().assistant) pair_results(paired.back(), turn, images);
    paired.push_back(std::move(turn));
  }
  if (!paired.empty() && paired.back().assistant && !calls_of(paired.back()).empty()) {
    DialogueTurn last;
    pair_results(paired.back(), last, images);
    paired.push_back(std::move(last));
  }
  return paired;
}

std::size_t current_loop(const std::vector<DialogueTurn>& turns) {
  std::size_t begin = turns.size();
  while (begin > 0 && (turns[begin - 1].assistant || turns[begin - 1].parts.empty())) --begin;
  return begin;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

std::string told(const ToolResultPart& result) {
  return (result.is_error ? "The call of " : "The result of ") + result.name +
         (result.is_error ? " failed: " : ": ") + result.content;
}

}  // namespace yoke
