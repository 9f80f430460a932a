#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "runtime/store/types.h"

namespace yoke {

// Every kind of event a journal may hold. The numbers are stored: never reuse or change one.
enum class EventKind : int {
  run_started = 1,
  plan_proposed = 2,
  plan_changed = 3,
  model_called = 4,
  route_chosen = 5,
  model_replied = 6,
  model_failed = 7,
  tool_called = 8,
  tool_returned = 9,
  tool_unknown = 10,
  policy_decided = 11,
  question_asked = 12,
  question_answered = 13,
  question_expired = 14,
  signal_received = 15,
  timer_set = 16,
  timer_fired = 17,
  timer_cancelled = 18,
  child_started = 19,
  child_finished = 20,
  value_recorded = 21,
  memory_written = 22,
  context_compacted = 23,
  lease_taken = 24,
  run_forked = 25,
  run_cancelled = 26,
  run_completed = 27,
  run_failed = 28,
  run_quarantined = 29,
  run_dequeued = 30,
  script_started = 31,
  script_wanted = 32,
  script_returned = 33,
  guard_decided = 34,
  hook_ran = 35,
};

enum class FieldType : std::uint8_t { text, integer, boolean, object, list, any };

struct FieldSpec {
  std::string_view name;
  FieldType type;
  bool required;
};

// What an event does to the call it names. An opened call is closed by exactly one event.
enum class CallEdge : std::uint8_t {
  none,
  opens,    // or opens again with a higher attempt, while it is open
  touches,  // names an open call, or one about to be opened
  closes,
};

struct EventSpec {
  EventKind kind;
  std::string_view name;
  CallEdge edge;
  Durability durability;
  std::optional<RunStatus> status_after;  // the run's status once this is journaled
  std::string_view meaning;               // one line, for the documentation
  std::span<const FieldSpec> fields;  // besides the envelope: call_id, parent_call, attempt, …
};

// The one table that reader, writer, documentation and `--json` go by. In order of number.
std::span<const EventSpec> event_table();
const EventSpec& spec_of(EventKind kind);
const EventSpec* find_event(std::string_view name);  // null: no such kind
const EventSpec* find_event(int number);

}  // namespace yoke
