#include "runtime/journal/event.h"

#include <catch2/catch.hpp>

#include "tests/support/told_run.h"

namespace yoke {
namespace {

Event tool_event() {
  Event event;
  event.kind = EventKind::tool_called;
  event.seq = 7;
  event.at = 1'700'000'000'123'456;
  event.run_id = "r1";
  event.call_id = "c5.0";
  event.parent_call = "c4.1";
  event.attempt = 2;
  event.reason = "again";
  event.label = kTrustedPrivate;
  event.fields = ToldRun::tool_fields("csv.stats", Effect::idempotent, 5);
  return event;
}

Record record_of(const Event& event) {
  Record record;
  static_cast<RecordIn&>(record) = to_record(event);
  record.run_id = event.run_id;
  record.seq = event.seq;
  return record;
}

// A value of the given type; of the wrong one when it is asked for.
Json value_of(FieldType type, bool wrong) {
  switch (type) {
    case FieldType::text:
      return wrong ? Json(1) : Json("text");
    case FieldType::integer:
      return wrong ? Json(1.5) : Json(1);
    case FieldType::boolean:
      return wrong ? Json("true") : Json(true);
    case FieldType::object:
      return wrong ? Json::array() : Json::object();
    case FieldType::list:
      return wrong ? Json::object() : Json::array();
    case FieldType::any:
      return Json(nullptr);
  }
  return nullptr;
}

Event smallest(const EventSpec& spec) {
  Event event;
  event.kind = spec.kind;
  event.call_id = "c1.0";
  for (const FieldSpec& field : spec.fields) {
    if (field.required) event.fields[field.name] = value_of(field.type, false);
  }
  return event;
}

TEST_CASE("an event of every kind passes with its required fields and with all of them") {
  for (const EventSpec& spec : event_table()) {
    CAPTURE(spec.name);
    Event event = smallest(spec);
    CHECK(check_event(event).has_value());
    for (const FieldSpec& field : spec.fields) {
      event.fields[field.name] = value_of(field.type, false);
    }
    CHECK(check_event(event).has_value());
  }
}

TEST_CASE("an event that lacks a required field is refused by the field's name") {
  for (const EventSpec& spec : event_table()) {
    for (const FieldSpec& field : spec.fields) {
      if (!field.required) continue;
      CAPTURE(spec.name, field.name);
      Event event = smallest(spec);
      event.fields.erase(field.name);
      const Result<void> checked = check_event(event);
      REQUIRE_FALSE(checked.has_value());
      CHECK(checked.error().detail.find(field.name) != std::string::npos);
      CHECK(checked.error().detail.find(spec.name) == 0);
    }
  }
}

TEST_CASE("an event whose field has another type is refused") {
  for (const EventSpec& spec : event_table()) {
    for (const FieldSpec& field : spec.fields) {
      if (field.type == FieldType::any) continue;
      CAPTURE(spec.name, field.name);
      Event event = smallest(spec);
      event.fields[field.name] = value_of(field.type, true);
      CHECK_FALSE(check_event(event).has_value());
    }
  }
}

TEST_CASE("an event with a field that the table does not know is refused") {
  for (const EventSpec& spec : event_table()) {
    CAPTURE(spec.name);
    Event event = smallest(spec);
    event.fields["surprise"] = 1;
    CHECK_FALSE(check_event(event).has_value());
  }
}

TEST_CASE("an event that opens or closes a call must name it") {
  for (const EventSpec& spec : event_table()) {
    CAPTURE(spec.name);
    Event event = smallest(spec);
    event.call_id.clear();
    const bool needs = spec.edge == CallEdge::opens || spec.edge == CallEdge::closes;
    CHECK(check_event(event).has_value() == !needs);
  }
}

TEST_CASE("an event of no known kind, or whose fields are no object, is refused") {
  Event event = tool_event();
  event.kind = static_cast<EventKind>(999);
  CHECK_FALSE(check_event(event).has_value());
  event = tool_event();
  event.fields = Json::array();
  CHECK_FALSE(check_event(event).has_value());
}

TEST_CASE("an event comes back from its record as it was") {
  const Event event = tool_event();
  const Result<Event> back = event_from_record(record_of(event));
  REQUIRE(back.has_value());
  CHECK(back->kind == event.kind);
  CHECK(back->seq == event.seq);
  CHECK(back->at == event.at);
  CHECK(back->run_id == event.run_id);
  CHECK(back->call_id == event.call_id);
  CHECK(back->parent_call == event.parent_call);
  CHECK(back->attempt == event.attempt);
  CHECK(back->reason == event.reason);
  CHECK(back->label == event.label);
  CHECK(back->fields == event.fields);
  CHECK(to_record(*back).body == to_record(event).body);
}

TEST_CASE("a record's body is canonical: equal fields have equal text") {
  Event a = tool_event();
  Event b = tool_event();
  a.fields["args"] = Json{{"x", 1}, {"y", 2.5}};
  b.fields["args"] = Json{{"y", 2.5}, {"x", 1}};
  CHECK(to_record(a).body == to_record(b).body);
  CHECK(to_record(a).body.find(' ') == std::string::npos);
}

TEST_CASE("a record of a newer version's kind says so and is not guessed at") {
  Record record = record_of(tool_event());
  record.kind = 4000;
  const Result<Event> event = event_from_record(record);
  REQUIRE_FALSE(event.has_value());
  CHECK(event.error().code == Errc::unsupported);
  CHECK(event.error().detail.find("4000") != std::string::npos);
}

TEST_CASE("a record whose body is no JSON is an error, not a crash") {
  Record record = record_of(tool_event());
  record.body = "{\"tool\":";
  CHECK_FALSE(event_from_record(record).has_value());
  record.body.clear();
  CHECK_FALSE(event_from_record(record).has_value());
}

TEST_CASE("what a model or a tool may nest as deep as the door allows can be read back") {
  Event event = tool_event();
  Json deep = 1;
  for (std::size_t i = 1; i < JsonLimits().depth_max; ++i) deep = Json::array({std::move(deep)});
  REQUIRE(parse_json(to_text(deep)).has_value());
  event.fields["args"] = deep;
  const Result<Event> back = event_from_record(record_of(event));
  REQUIRE(back.has_value());
  CHECK(back->fields["args"] == deep);
}

TEST_CASE("the public form of an event carries the envelope and the fields") {
  const Json json = to_json(tool_event());
  CHECK(json["seq"] == 7);
  CHECK(json["run"] == "r1");
  CHECK(json["kind"] == "tool.called");
  CHECK(json["at"] == "2023-11-14T22:13:20.123456Z");
  CHECK(json["call_id"] == "c5.0");
  CHECK(json["parent_call"] == "c4.1");
  CHECK(json["attempt"] == 2);
  CHECK(json["reason"] == "again");
  CHECK(json["label"] == to_text(kTrustedPrivate));
  CHECK(json["tool"] == "csv.stats");
  CHECK(json["args"] == Json{{"n", 1}});
}

TEST_CASE("the public form leaves out what an event does not have") {
  Event event;
  event.kind = EventKind::timer_fired;
  event.seq = 3;
  event.run_id = "r1";
  event.fields = Json{{"timer", "t1"}};
  const Json json = to_json(event);
  for (const char* name : {"call_id", "parent_call", "attempt", "reason"}) {
    CHECK_FALSE(json.contains(name));
  }
}

TEST_CASE("the public form of a fork names the time it was made and the event it was made at") {
  Event event;
  event.kind = EventKind::run_forked;
  event.seq = 5;
  event.at = 1'700'000'000'000'000;
  event.run_id = "r2";
  event.fields = Json{{"from", "r1"}, {"from_seq", 4}};
  const Json json = to_json(event);
  CHECK(json["at"] == "2023-11-14T22:13:20.000000Z");
  CHECK(json["from"] == "r1");
  CHECK(json["from_seq"] == 4);
}

}  // namespace
}  // namespace yoke
