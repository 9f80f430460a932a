#include "trials/cell_facts.h"

#include <algorithm>

#include "runtime/base/saturating.h"
#include "runtime/engine/budgets.h"
#include "runtime/store/money.h"

namespace yoke {
namespace {

constexpr double kMicrosPerMs = 1000;

// Folds a run's events into its cell, in their order.
class Facts {
 public:
  Facts(const std::vector<Event>& events, Cell& cell) : events_(events), cell_(cell) {}

  void take(const Event& event) {
    switch (event.kind) {
      case EventKind::model_called:
        begin(event);
        break;
      case EventKind::route_chosen:
        route(event.fields);
        break;
      case EventKind::model_replied:
        replied(event);
        break;
      case EventKind::model_failed:
        failed(event);
        break;
      case EventKind::run_failed:
      case EventKind::run_cancelled:
      case EventKind::run_quarantined:
        cell_.failure = event.reason + ": " + string_at(event.fields, "message");
        break;
      default:
        break;
    }
  }

 private:
  void begin(const Event& event) {
    called_at_ = event.at;
    beside_ = false;
    waited_us_ = first_us_ = streamed_us_ = 0;
  }

  // What a call that nobody saw the end of is booked with is an estimate of its most.
  void failed(const Event& event) {
    cell_.priced = cell_.priced && has_known_cost(events_, event);
    if (string_at(event.fields, "class") != name_of(FailureClass::interrupted)) {
      return spent(event);
    }
    cell_.lost = saturating_add(cell_.lost, integer_at(event.fields, "cost"));
  }

  void spent(const Event& event) {
    cell_.usage += usage_from_json(member_at(event.fields, "usage"));
    cell_.cost = saturating_add(cell_.cost, integer_at(event.fields, "cost"));
    cell_.target = string_at(event.fields, "target");
    cell_.total_ms = static_cast<double>(event.at - called_at_) / kMicrosPerMs;
  }

  void route(const Json& fields) {
    cell_.from_cache = bool_at(fields, "from_cache");
    cell_.degraded = bool_at(member_at(fields, "structured"), "degraded");
    const Json& tries = member_at(fields, "tries");
    cell_.tries = std::max<int>(1, static_cast<int>(tries.size()));
    for (const Json& each : tries) behind(model_try_from_json(each));
  }

  // Whoever asked waited for those that were tried before the one that answered.
  void behind(const ModelTry& one) {
    beside_ = beside_ || one.role == "hedge";
    if (one.failure || one.first_us <= 0) {
      waited_us_ += one.total_us;
      return;
    }
    first_us_ = waited_us_ + one.first_us;
    streamed_us_ = one.total_us - one.first_us;
    waited_us_ += one.total_us;
  }

  void replied(const Event& event) {
    cell_.priced = cell_.priced && has_known_cost(events_, event);
    spent(event);
    cell_.answered = true;
    const Result<Message> message = message_from_json(member_at(event.fields, "message"));
    if (message) cell_.answer = answer_of(*message, string_at(event.fields, "finish"));
    const std::int64_t first_us = first_us_ > 0 ? first_us_ : integer_at(event.fields, "first_us");
    if (first_us > 0) cell_.first_ms = static_cast<double>(first_us) / kMicrosPerMs;
    // Of two that ran side by side only the end is known on one clock.
    if (beside_ && first_us_ > 0) {
      const double streamed = static_cast<double>(streamed_us_) / kMicrosPerMs;
      cell_.first_ms = std::max(0.0, *cell_.total_ms - streamed);
    }
    if (cell_.priced) {
      cell_.answer.usd = static_cast<double>(cell_.cost) / static_cast<double>(kNanoPerUsd);
    }
    if (cell_.total_ms) cell_.answer.seconds = *cell_.total_ms / 1000;
  }

  const std::vector<Event>& events_;
  Cell& cell_;
  Micros called_at_ = 0;
  bool beside_ = false;  // a second request ran beside the first
  std::int64_t waited_us_ = 0;
  std::int64_t first_us_ = 0;     // from the first try's start to the answer's first token
  std::int64_t streamed_us_ = 0;  // by the try that answered, from its first token on
};

}  // namespace

bool has_known_cost(const std::vector<Event>& events, const Event& closing) {
  const auto called = std::find_if(events.begin(), events.end(), [&](const Event& event) {
    return event.kind == EventKind::model_called && event.call_id == closing.call_id;
  });
  if (called == events.end()) return true;
  if (bool_at(member_at(called->fields, "estimate"), "priced", true)) return true;
  BillTerms terms;
  terms.prices = kNoPrice;
  const std::vector<LedgerRow> rows = ledger_rows(events, closing, Spender(), terms);
  return std::none_of(rows.begin(), rows.end(), is_unpriced);
}

bool has_known_cost(const std::vector<Event>& events) {
  bool known = true;
  for (const Event& event : events) {
    if (event.kind == EventKind::run_forked) known = true;
    const bool closes =
        event.kind == EventKind::model_replied || event.kind == EventKind::model_failed;
    if (closes) known = known && has_known_cost(events, event);
  }
  return known;
}

Cell cell_of(const std::vector<Event>& events, std::string_view call) {
  Cell cell;
  cell.asked = true;
  if (!events.empty()) cell.run_id = events.back().run_id;
  Facts facts(events, cell);
  for (const Event& event : events) {
    if (call.empty() || event.call_id == call) facts.take(event);
  }
  return cell;
}

}  // namespace yoke
