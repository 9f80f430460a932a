#include <catch2/catch.hpp>

#include "tests/support/told_run.h"

// Journals as they are read back after somebody or something has been at the file.
namespace yoke {
namespace {

std::vector<Event> journal() {
  ToldRun run;
  const std::int64_t seq = run.replied({call("a.x", 1)});
  run.tool_called(call_id_of(seq, 0), "a.x", Effect::read);
  run.tool_returned(call_id_of(seq, 0), 1);
  run.replied({text("done")});
  return run.events;
}

std::string complaint(const std::vector<Event>& events) {
  const Result<RunState> state = fold_journal(events);
  return state ? "none" : state.error().detail;
}

TEST_CASE("a whole journal folds into the state its run had") {
  const Result<RunState> state = fold_journal(journal());
  REQUIRE(state.has_value());
  CHECK(state->turns.size() == 2);
  CHECK(state->seq == static_cast<std::int64_t>(journal().size()));
}

TEST_CASE("a journal that lacks an event is refused where it begins to make no sense") {
  std::vector<Event> events = journal();
  events.erase(events.begin() + 3);
  CHECK(complaint(events) ==
        "the journal of run r1 is damaged at event 5: tool.returned c3.0: its number does not "
        "follow; see what is whole with: yoke runs verify r1");
}

TEST_CASE("an event that lacks a field is refused") {
  std::vector<Event> events = journal();
  events[2].fields.erase("message");
  CHECK(complaint(events).find("event 3: model.replied: lacks 'message'") != std::string::npos);
}

TEST_CASE("a reply whose message cannot be read is refused") {
  std::vector<Event> events = journal();
  events[2].fields["message"] = Json{{"role", "nobody"}};
  CHECK(complaint(events).find("damaged at event 3") != std::string::npos);
}

TEST_CASE("an event that is refused leaves the state as it was") {
  std::vector<Event> events = journal();
  RunState state;
  REQUIRE(fold_in(state, events[0]).has_value());
  CHECK_FALSE(fold_in(state, events[2]).has_value());
  CHECK(state.seq == 1);
  CHECK(fold_in(state, events[1]).has_value());
}

TEST_CASE("a record whose body is no object is refused, and named") {
  for (const char* body : {"[1]", "7", "{\"a\":", ""}) {
    Record record;
    static_cast<RecordIn&>(record) = to_record(journal()[0]);
    record.run_id = "r1";
    record.seq = 1;
    record.body = body;
    const Result<Event> event = event_from_record(record);
    REQUIRE_FALSE(event.has_value());
    CHECK(event.error().detail.find("run r1 is damaged at event 1") != std::string::npos);
  }
}

}  // namespace
}  // namespace yoke
