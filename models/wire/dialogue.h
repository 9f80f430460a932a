#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/ports/message.h"

namespace yoke {

// A call of the turn before, and what became of it.
struct CallAndResult {
  const ToolCallPart* call = nullptr;
  const ToolResultPart* result = nullptr;     // null: none was recorded
  std::vector<const ImagePart*> images = {};  // what the tool gave to be seen
};

// One side's turn of a conversation.
struct DialogueTurn {
  bool assistant = false;
  std::vector<CallAndResult> results;  // of the other side only; in the order of the calls
  // Everything else, in order. A ToolResultPart here answers no call of the turn before.
  std::vector<const Part*> parts;
};

// Whether a part can be sent to this vendor in a turn of that side. What cannot is left out before
// turns are made, so that no turn is empty.
using Sendable = std::function<bool(const Part& part, bool assistant)>;

// A conversation for the vendors that want two sides that strictly take turns: messages of one side
// that follow each other are one turn, and a turn with calls is followed by one with their results.
// System messages are the user's. Borrows `messages`.
std::vector<DialogueTurn> turns_of(const std::vector<Message>& messages, const Sendable& sendable);

// The index of the first turn after a person last said something: where the current loop of calls
// begins. turns.size() when there is no such turn.
std::size_t current_loop(const std::vector<DialogueTurn>& turns);

std::vector<const ToolCallPart*> calls_of(const DialogueTurn& turn);
bool is_blank(std::string_view text);

// An orphaned result, as text for a model.
std::string told(const ToolResultPart& result);

inline constexpr std::string_view kNoMessage = "(no message)";
inline constexpr std::string_view kNoResult = "no result was recorded for this call";

}  // namespace yoke
