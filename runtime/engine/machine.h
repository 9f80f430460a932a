#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/engine/agent.h"
#include "runtime/journal/run_state.h"
#include "runtime/ports/model.h"
#include "runtime/ports/policy.h"

// What a run does next: pure functions of its state. No I/O, no clock, no randomness; so that
// resume, fork, replay and tests are the same thing.
namespace yoke {

struct StartModel {
  std::string call_id;
  ModelRequest request;
  NanoUsd reserved = 0;
};
struct StartTool {
  std::string call_id;
};
struct StartProbe {
  std::string call_id;
};
using Start = std::variant<StartModel, StartTool, StartProbe>;

// What to journal, and what to start once that is done. Events carry no seq, time or run yet.
struct Plan {
  std::vector<Event> events;
  std::vector<Start> starts;
  bool commit_first = false;  // the starts must wait until the events are durable
};

// What the machine asks besides the state. All pure, or recorded when a journal is replayed.
struct Surroundings {
  const Program* program = nullptr;
  const Policy* policy = nullptr;
  std::function<Result<ModelEstimate>(const std::string& call_id, const ModelRequest&)> estimate;
  // Whether the call asks for all that its route may add to it, as it does first where money is
  // limited; not when a budget had no room for that.
  std::function<bool(const std::string& call_id)> asks_for_most = {};
  int calls_at_once = 16;
  bool has_budget = false;  // a budget of money is in force for this run
};

// The next plan. Empty events and starts: nothing to do until something comes in. `state` must have
// every event of earlier plans applied. `now` is the time the plan's events will carry.
Plan plan_next(const RunState& state, const Surroundings& around, Micros now);

// A model call that a running call wants. Empty: one is in flight.
Plan plan_sample(const RunState& state, const Surroundings& around, Micros now,
                 ModelRequest request, const std::string& called_by);
inline constexpr std::string_view kPurposeSampling = "sampling";

// The events that stop a run: every open call closed as cancelled, then run.cancelled.
Plan plan_cancel(const RunState& state, const std::string& by);

// The events that end a run as failed: open calls closed, then run.failed.
Plan plan_failure(const RunState& state, const std::string& reason, const std::string& message);

// The events for what came in.
Event event_of(const RunState& state, const std::string& call_id, ModelOutcome outcome);
// The same, with route.chosen before it where the outcome says how a route came by it.
std::vector<Event> events_of(const RunState& state, const std::string& call_id,
                             ModelOutcome outcome);
Event event_of(const RunState& state, const std::string& call_id, ToolOutcome outcome);
std::vector<Event> events_of(const RunState& state, const std::string& call_id,
                             ProbeOutcome outcome);
Event answered_event(const QuestionState& question, const Json& value, const std::string& by);

// The request a model call makes in this state.
ModelRequest request_of(const RunState& state, const Program& program);
// SHA-256 of its canonical text, in hex.
std::string hash_of(const ModelRequest& request);

}  // namespace yoke
