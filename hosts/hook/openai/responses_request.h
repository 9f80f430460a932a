#pragma once

#include "hosts/hook/openai/ask.h"

namespace yoke::openai {

// The body of POST /v1/responses.
struct ResponseAsk {
  Ask ask;
  std::string instructions;  // of this request alone: not handed on to the next
  std::string previous;      // previous_response_id; empty: none
  std::string conversation;  // its id; empty: none
  bool store = true;         // it can be asked for later
  bool background = false;
  bool encrypted_reasoning = false;  // include: reasoning.encrypted_content
  Json echo = Json::object();        // fields that a response repeats as they were asked
};

// What it asks that would change the answer and cannot be had is refused by its name. Results of
// tools may answer calls that the request does not hold: those of the response before it.
Checked<ResponseAsk> read_response(const Json& body);

}  // namespace yoke::openai
