#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hosts/hook/call_ref.h"

// Ids that are handed out and come back: they say which run they are of. They are no secret and no
// proof; whoever reads one back checks whose the run is.
namespace yoke::openai {

std::string completion_id(std::string_view run_id);  // "chatcmpl-…"
std::string response_id(std::string_view run_id);    // "resp_…"
// The run that a response's id names; none: it is no such id.
std::optional<std::string> run_of_response(std::string_view id);

std::string call_id(const CallRef& ref);  // "call_RUN_CALL"
std::optional<CallRef> parse_call_id(std::string_view id);

// What stands for a run's reasoning in a client's history ("encrypted_content"): the journal has
// it.
std::string reasoning_mark(std::string_view run_id);
std::optional<std::string> run_of_reasoning(std::string_view mark);

// Of an item of a response, by its kind ("msg", "rs", "fc") and place.
std::string item_id(std::string_view kind, std::string_view run_id, std::size_t index);

}  // namespace yoke::openai
