#pragma once

#include <memory>
#include <string>
#include <vector>

#include "models/routes/asking.h"
#include "models/routes/plan.h"
#include "runtime/ports/script_host.h"
#include "runtime/schema/schema.h"

namespace yoke {

// What a call over a route works with. All of it outlives the call.
struct RouteFrame {
  std::string_view name;  // empty: one target was named itself
  const RouteSettings& settings;
  const std::vector<Target>& targets;
  RouteMemory& memory;
  Random& random;
  ScriptHost* scripts = nullptr;  // null: no check is a script
};

// Whether a failure at one target says nothing about another one.
bool another_may_do(const ModelFailure& failure);

// One call over a route: its targets are asked in the strategy's order until one answers, meets the
// route's checks and has the shape that was asked for. What failed before its commit point leaves
// no trace in the stream; after it, the route's policy says what the caller sees. Each request is
// in RouteNote::tries, and no request begins that the reservation does not cover.
//
// Cancelled: throws; no request is under way any more.
class RouteCall {
 public:
  RouteCall(const RouteFrame& frame, RoutePlan plan, ModelRequest request, Deadline deadline,
            DeltaSink sink);

  awaitable<ModelOutcome> run();  // once

 private:
  // What is to be done after an answer that is not taken, or a failure.
  enum class Next : std::uint8_t { end, another };

  bool is_last() const { return at_ + 1 >= plan_.order.size(); }
  std::size_t target() const { return plan_.order[at_]; }
  void begin_target();
  Lane lane_of(std::size_t at) const;

  bool passes_over();
  awaitable<ModelOutcome> ask();
  awaitable<ModelOutcome> ask_two();
  awaitable<ModelOutcome> shaped(ModelOutcome outcome);
  awaitable<ModelOutcome> written_on(ModelOutcome outcome);
  std::vector<std::size_t> who_writes_on() const;
  awaitable<Result<void>> judge(const ModelReply& reply);

  Next after_reply(ModelReply& reply, const Result<void>& verdict);
  Next after_failure(ModelFailure& failure);
  ModelOutcome finish(ModelOutcome outcome);

  const RouteFrame frame_;
  RoutePlan plan_;
  ModelRequest request_;
  const Usage most_;
  const Deadline deadline_;
  std::shared_ptr<const Schema> shape_;  // of a structured answer; null: none is asked for
  std::optional<StructuredNote> structured_;
  Asking asking_;
  std::size_t at_ = 0;  // in the plan's order
  std::string role_;    // of the next request
};

}  // namespace yoke
