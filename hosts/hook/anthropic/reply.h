#pragma once

#include <string>

#include "hosts/hook/anthropic/thoughts.h"
#include "hosts/hook/talk.h"

namespace yoke::anthropic {

// How a reply is told to its client.
struct ReplyForm {
  std::string run_id;
  std::string after = {};  // the call that an agent's run goes on behind: a message's id is its own
  std::string model;       // as the client asked for it
  Show show = Show::nothing;
  bool agent = false;  // its calls are known by their own ids, and only the caller's are told
};

// A whole reply, as the body of an answer.
Json reply_json(const TalkReply& reply, const ReplyForm& form, const Thoughts& thoughts);

// {"stop_reason": "end_turn", "stop_sequence": null}.
Json stop_json(const TalkReply& reply);
// Anthropic counts what was read from and written to a cache beside the input.
Json usage_json(const Usage& usage);

// The id that a client knows a reply's call by; `index` among the reply's calls.
std::string call_id(const ReplyForm& form, const ToolCallPart& call, std::size_t index);
Json call_input(const ToolCallPart& call);

}  // namespace yoke::anthropic
