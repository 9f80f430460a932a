#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hosts/hook/call_ref.h"

// Ids that are handed out and come back: they say which run they are of. They are no secret and no
// proof; whoever reads one back checks whose the run is.
namespace yoke::openai {

std::string completion_id(std::string_view run_id);  // "chatcmpl-…"
// "resp_RUN"; of an agent's run that goes on with its caller's results, from its second response
// on, "resp_RUN_2".
std::string response_id(std::string_view run_id, std::size_t turn = 1);
struct ResponseRef {
  std::string run_id;
  std::size_t turn = 1;
};
// None: it is no such id.
std::optional<ResponseRef> parse_response_id(std::string_view id);

std::string call_id(const CallRef& ref);  // "call_RUN_CALL"
std::optional<CallRef> parse_call_id(std::string_view id);
bool is_of_agent(const CallRef& ref);  // else of a model, which is asked anew each time

// What stands for a run's reasoning in a client's history ("encrypted_content"): the journal has
// it.
std::string reasoning_mark(std::string_view run_id);
std::optional<std::string> run_of_reasoning(std::string_view mark);

// Of an item of a response, by its kind ("msg", "rs", "fc") and place.
std::string item_id(std::string_view kind, std::string_view response_id, std::size_t index);

}  // namespace yoke::openai
