#pragma once

#include <memory>

#include "runtime/engine/agent.h"

namespace yoke {

// What a program's source says, under this name, where its tools give recorded results: a list of
// recorded calls (trials/run_facts.h).
inline constexpr const char* kRecorded = "recorded";

// The set with tools that call nothing: each gives the result that is recorded for the same
// arguments, the n-th of several at the n-th time, the last again after that. What is not recorded
// is an error that says so. Models see the same descriptions; a tool that stands for an agent stays
// what it is, for a call of it is a run. The first word of an unrecorded call's error is
// kNotRecorded.
//
// Ownership: keeps the set. Errors: invalid: the list holds something else.
Result<std::shared_ptr<const ToolSet>> with_recorded(std::shared_ptr<const ToolSet> tools,
                                                     const Json& recorded);
inline constexpr std::string_view kNotRecorded = "unrecorded:";

// The source of a program, and of all that its runs may start, with these recorded calls.
Json recorded_source(Json source, const Json& recorded);

}  // namespace yoke
