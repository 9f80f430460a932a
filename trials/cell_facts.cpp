#include "trials/cell_facts.h"

#include <algorithm>

#include "runtime/base/saturating.h"

namespace yoke {
namespace {

constexpr double kMicrosPerMs = 1000;

// Folds a run's events into its cell, in their order.
class Facts {
 public:
  explicit Facts(Cell& cell) : cell_(cell) {}

  void take(const Event& event) {
    switch (event.kind) {
      case EventKind::model_called:
        called_at_ = event.at;
        cell_.priced = cell_.priced && bool_at(member_at(event.fields, "estimate"), "priced", true);
        break;
      case EventKind::route_chosen:
        route(event.fields);
        break;
      case EventKind::model_replied:
        replied(event);
        break;
      case EventKind::model_failed:
        spent(event);
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
  void spent(const Event& event) {
    cell_.usage += usage_from_json(member_at(event.fields, "usage"));
    cell_.cost = saturating_add(cell_.cost, integer_at(event.fields, "cost"));
    cell_.target = string_at(event.fields, "target");
    cell_.total_ms = static_cast<double>(event.at - called_at_) / kMicrosPerMs;
  }

  void route(const Json& fields) {
    cell_.from_cache = bool_at(fields, "from_cache");
    cell_.degraded = bool_at(member_at(fields, "structured"), "degraded");
    cell_.tries = std::max<int>(1, static_cast<int>(member_at(fields, "tries").size()));
  }

  void replied(const Event& event) {
    spent(event);
    cell_.answered = true;
    const Result<Message> message = message_from_json(member_at(event.fields, "message"));
    if (message) cell_.answer = answer_of(*message, string_at(event.fields, "finish"));
    const std::int64_t first_us = integer_at(event.fields, "first_us");
    if (first_us > 0) cell_.first_ms = static_cast<double>(first_us) / kMicrosPerMs;
  }

  Cell& cell_;
  Micros called_at_ = 0;
};

}  // namespace

Cell cell_of(const std::vector<Event>& events, std::string_view call) {
  Cell cell;
  cell.asked = true;
  if (!events.empty()) cell.run_id = events.back().run_id;
  Facts facts(cell);
  for (const Event& event : events) {
    if (call.empty() || event.call_id == call) facts.take(event);
  }
  return cell;
}

}  // namespace yoke
