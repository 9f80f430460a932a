#include "runtime/engine/memory_events.h"

namespace yoke {

std::vector<Event> memory_events_of(const RunState& state, const std::string& call_id,
                                    const ToolOutcome& outcome) {
  std::vector<Event> events;
  if (!outcome.audit.is_array()) return events;
  for (const Json& entry : outcome.audit) {
    const Json& wrote = member_at(entry, "wrote");
    if (!wrote.is_object()) continue;
    Event& event = events.emplace_back();
    event.kind = EventKind::memory_written;
    event.call_id = call_id;
    if (const CallState* call = state.find_call(call_id)) event.attempt = call->attempt;
    event.label = join(state.label, outcome.label);
    if (bool_at(wrote, "forgotten")) event.reason = "forgotten";
    event.fields = Json{{"scope", string_at(wrote, "scope")}, {"key", string_at(wrote, "key")}};
  }
  return events;
}

}  // namespace yoke
