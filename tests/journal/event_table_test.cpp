#include "runtime/journal/event_table.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace yoke {
namespace {

// Names that the public form of an event uses for its envelope.
const std::set<std::string_view> kEnvelope = {
    "seq", "run", "kind", "at", "label", "call_id", "parent_call", "attempt", "reason", "erased"};

TEST_CASE("every kind of event is found by its number and by its name") {
  int number = 0;
  for (const EventSpec& spec : event_table()) {
    ++number;
    CHECK(static_cast<int>(spec.kind) == number);
    CHECK(find_event(number) == &spec);
    CHECK(find_event(spec.name) == &spec);
    CHECK(&spec_of(spec.kind) == &spec);
  }
  CHECK(number == static_cast<int>(EventKind::hook_ran));
}

TEST_CASE("a number or a name that the table lacks is found nowhere") {
  CHECK(find_event(0) == nullptr);
  CHECK(find_event(-1) == nullptr);
  CHECK(find_event(static_cast<int>(event_table().size()) + 1) == nullptr);
  CHECK(find_event("tool.exploded") == nullptr);
  CHECK(find_event("") == nullptr);
}

TEST_CASE("the names of events are distinct, of the form noun.verb_past, and explained") {
  std::set<std::string_view> names;
  for (const EventSpec& spec : event_table()) {
    CAPTURE(spec.name);
    CHECK(names.insert(spec.name).second);
    CHECK(spec.name.find('.') != std::string_view::npos);
    CHECK(spec.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz._") == std::string_view::npos);
    CHECK(spec.meaning.ends_with('.'));
  }
}

TEST_CASE("no field of an event hides the envelope in its public form") {
  for (const EventSpec& spec : event_table()) {
    std::set<std::string_view> fields;
    for (const FieldSpec& field : spec.fields) {
      CAPTURE(spec.name, field.name);
      CHECK(fields.insert(field.name).second);
      CHECK_FALSE(kEnvelope.contains(field.name));
    }
  }
}

TEST_CASE("what opens or closes a call, and what ends a run, is durable") {
  for (const EventSpec& spec : event_table()) {
    CAPTURE(spec.name);
    const bool edge = spec.edge == CallEdge::opens || spec.edge == CallEdge::closes;
    const bool ends = spec.status_after && is_final(*spec.status_after);
    if (edge || ends) CHECK(spec.durability == Durability::durable);
  }
}

TEST_CASE("each call edge has its opening and its closing kinds") {
  const auto edge = [](const char* name) { return find_event(name)->edge; };
  CHECK(edge("model.called") == CallEdge::opens);
  CHECK(edge("model.replied") == CallEdge::closes);
  CHECK(edge("model.failed") == CallEdge::closes);
  CHECK(edge("tool.called") == CallEdge::opens);
  CHECK(edge("tool.returned") == CallEdge::closes);
  CHECK(edge("child.started") == CallEdge::opens);
  CHECK(edge("child.finished") == CallEdge::closes);
  CHECK(edge("tool.unknown") == CallEdge::touches);
}

TEST_CASE("four kinds end a run, each with its own status") {
  CHECK(find_event("run.completed")->status_after == RunStatus::completed);
  CHECK(find_event("run.failed")->status_after == RunStatus::failed);
  CHECK(find_event("run.cancelled")->status_after == RunStatus::cancelled);
  CHECK(find_event("run.quarantined")->status_after == RunStatus::quarantined);
  int final_kinds = 0;
  for (const EventSpec& spec : event_table()) {
    if (spec.status_after && is_final(*spec.status_after)) ++final_kinds;
  }
  CHECK(final_kinds == 4);
}

}  // namespace
}  // namespace yoke
