#pragma once

#include <string>

#include "runtime/engine/agent.h"

// Asking a model once, as a run: so that it is journaled, within the budgets and replayable.
namespace yoke {

// What such a run is made of. Its task and input are notes for people; the model is shown the
// request alone. Tools in it are told to the model and never run.
struct OneCall {
  std::string name;      // the agent that the run is listed under: "ask", "compare" …
  ModelRequest request;  // `target` is asked; what is granted and for whom is the engine's to say
  RunLimits limits = {};
};

// The run completes with the reply's text, or the calls it wants, one a line. Its output is the
// value that the request's schema asks for, else {"calls":[{"tool","args"}…]} where calls are
// wanted. It fails as `refused`, as `output.invalid` when the value does not fit, or as
// `output.unknown_tool` when a tool is called that the request does not offer.
//
// Errors: invalid (a schema that is none); too_large (over 12 MiB with its images).
Result<Program> one_call_program(OneCall call);

// Whether the source is one of those; the program again.
bool is_one_call(const Json& source);
Result<Program> restore_one_call(Json source);

// A request from its canonical JSON and a target. Errors: invalid.
Result<ModelRequest> request_from_json(const Json& value, std::string target);

}  // namespace yoke
