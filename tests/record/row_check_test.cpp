#include "runtime/record/row_check.h"

#include <catch2/catch.hpp>

#include "runtime/base/text.h"

// A run's row, which no hash covers, held against its journal.
namespace yoke::testing {
namespace {

Event event_at(std::int64_t seq, EventKind kind, Json fields, const std::string& run_id = "R") {
  Event event;
  event.kind = kind;
  event.seq = seq;
  event.at = 1'000 + seq;
  event.run_id = run_id;
  event.label = kTrustedPrivate;
  event.fields = std::move(fields);
  return event;
}

Event called(std::int64_t seq) {
  Event event = event_at(seq, EventKind::model_called,
                         Json{{"target", "lab/m"},
                              {"request", "x"},
                              {"messages", 1},
                              {"estimate", Json{{"cost", 9}, {"input", 5}, {"output", 5}}}});
  event.call_id = "m1";
  event.attempt = 1;
  return event;
}

Event replied(std::int64_t seq) {
  Event event = event_at(
      seq, EventKind::model_replied,
      Json{{"message", Json{{"role", "assistant"},
                            {"parts", Json::array({Json{{"type", "text"}, {"text", "hello"}}})}}},
           {"finish", "stop"},
           {"usage", Json{{"input", 3}, {"output", 4}}},
           {"cost", 7},
           {"target", "lab/m"},
           {"attempts", 1}});
  event.call_id = "m1";
  event.attempt = 1;
  return event;
}

std::vector<Event> ended_journal() {
  Event started = event_at(1, EventKind::run_started,
                           Json{{"agent", "helper"},
                                {"tenant", "local"},
                                {"program", to_hex(sha256("p"))},
                                {"limits", Json::object()},
                                {"task", "say hello"},
                                {"session", "s"},
                                {"by", "ann"}});
  Event end = event_at(4, EventKind::run_failed, Json{{"message", "it was too long"}});
  end.reason = "limit.steps";
  return {started, called(2), replied(3), end};
}

RunRow ended_row() {
  RunRow row;
  row.run_id = "R";
  row.tenant = "local";
  row.agent = "helper";
  row.session = "s";
  row.by = "ann";
  row.status = RunStatus::failed;
  row.reason = "limit.steps";
  row.head_seq = 4;
  row.plan_hash = sha256("p");
  row.created_at = 1'001;
  row.finished_at = 1'004;
  row.summary = Json{{"title", "say hello"}, {"steps", 1}, {"tokens", 7}, {"cost", 7}};
  return row;
}

std::string told(const RunRow& row, const std::vector<Event>& events = ended_journal()) {
  std::string all;
  for (const ChainBreak& each : check_row(row, events)) all += each.what + "\n";
  return all;
}

bool tells(const std::string& text, const std::string& part) {
  UNSCOPED_INFO("told: " << text);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a row that is as its journal says is fine") { CHECK(told(ended_row()).empty()); }

TEST_CASE("whose run it is, how it ended and what it cost cannot be changed in its row") {
  const auto with = [](auto change) {
    RunRow row = ended_row();
    change(row);
    return told(row);
  };
  CHECK(tells(with([](RunRow& row) { row.tenant = "acme"; }),
              "its row says tenant 'acme', its journal 'local'"));
  CHECK(tells(with([](RunRow& row) { row.agent = "other"; }), "says agent 'other'"));
  CHECK(tells(with([](RunRow& row) { row.by = "bob"; }), "says by 'bob', its journal 'ann'"));
  CHECK(tells(with([](RunRow& row) { row.session = "t"; }), "says session 't'"));
  CHECK(tells(with([](RunRow& row) { row.plan_hash = Hash{}; }), "says program '0000"));
  CHECK(tells(with([](RunRow& row) { row.reason = "limit.usd"; }), "says reason 'limit.usd'"));
  CHECK(tells(with([](RunRow& row) { row.status = RunStatus::completed; }),
              "says status 'completed', its journal 'failed'"));
  CHECK(tells(with([](RunRow& row) { row.status = RunStatus::waiting; }), "says status 'waiting'"));
  CHECK(tells(with([](RunRow& row) { row.summary["title"] = "other"; }), "says title 'other'"));
  CHECK(
      tells(with([](RunRow& row) { row.summary["cost"] = 6; }), "its row says 1 steps, 7 tokens"));
  CHECK(tells(with([](RunRow& row) { row.summary["steps"] = 2; }), "its row says 2 steps"));
  CHECK(tells(with([](RunRow& row) { row.summary = Json::object(); }), "its row says 0 steps"));
}

TEST_CASE("a run that goes on lags behind its journal and never runs ahead of it") {
  std::vector<Event> events = ended_journal();
  events.pop_back();
  RunRow row = ended_row();
  row.status = RunStatus::owned;
  row.reason.clear();
  row.finished_at = 0;
  CHECK(told(row, events).empty());
  row.summary = Json{{"title", "say hello"}};
  CHECK(told(row, events).empty());
  row.summary["cost"] = 8;
  CHECK(tells(told(row, events), "its row says 0 steps"));
  row = ended_row();
  CHECK(tells(told(row, events), "its row says status 'failed', and its journal has no end"));
  row.status = RunStatus::quarantined;  // by the store, which writes no event
  row.reason = "takeovers";
  row.takeovers = 6;
  CHECK(told(row, events).empty());
}

TEST_CASE("an end's row may be from before what came with the end was counted") {
  std::vector<Event> events = ended_journal();
  RunRow row = ended_row();
  row.summary = Json{{"title", "say hello"}, {"steps", 0}, {"tokens", 0}, {"cost", 0}};
  CHECK(tells(told(row, events), "its row says 0 steps"));
  events[2].at = events[3].at;  // written with the end, by one who stopped the call
  CHECK(told(row, events).empty());
}

TEST_CASE("when a run began and ended cannot be changed in its row") {
  RunRow row = ended_row();
  row.created_at += 1;
  CHECK(tells(told(row),
              "its row says created_at '1970-01-01T00:00:00.001002Z', its journal "
              "'1970-01-01T00:00:00.001001Z'"));
  row = ended_row();
  row.finished_at += 2'000'000;  // the store was slow
  CHECK(told(row).empty());
  row.finished_at = 90 * 86'400'000'000;
  CHECK(tells(told(row), "its row says finished_at '1970-04-01T00:00:00.000000Z'"));
  row.finished_at = 0;
  std::vector<Event> late = ended_journal();
  for (Event& event : late) event.at += 100'000'000;
  row.created_at += 100'000'000;
  CHECK(tells(told(row, late), "its row says finished_at 'never'"));
  std::vector<Event> open = ended_journal();
  open.pop_back();
  row = ended_row();
  row.status = RunStatus::waiting;
  CHECK(tells(told(row, open), "'1970-01-01T00:00:00.001004Z', its journal 'never'"));
}

TEST_CASE("how often a run was taken over cannot be changed in its row") {
  RunRow row = ended_row();
  row.takeovers = 1;
  CHECK(tells(told(row), "its row says takeovers '1', its journal '0'"));
  std::vector<Event> events = ended_journal();
  events.back() = event_at(4, EventKind::lease_taken, Json{{"node", "n"}, {"adopted", true}});
  row.status = RunStatus::waiting;
  row.finished_at = 0;
  CHECK(told(row, events).empty());  // taken over, and not driven on
  row.takeovers = 6;
  CHECK(tells(told(row, events), "says takeovers '6', its journal 'at most 5'"));
  events.pop_back();
  row.takeovers = 1;
  CHECK(tells(told(row, events), "says takeovers '1', its journal '0'"));
  row.status = RunStatus::quarantined;
  row.reason = "takeovers";
  row.finished_at = 9'000'000'000;  // whenever that was
  CHECK(tells(told(row, events), "says takeovers '1', its journal '6'"));
}

TEST_CASE("what the runs below a run came to cannot be changed in its row") {
  std::vector<Event> events = ended_journal();
  Event began = event_at(4, EventKind::child_started,
                         Json{{"child", "C"}, {"agent", "bank"}, {"limits", Json::object()}});
  Event ended = event_at(5, EventKind::child_finished,
                         Json{{"child", "C"}, {"outcome", "ok"}, {"steps", 3}, {"cost", 5}});
  began.call_id = ended.call_id = "c3.0";
  began.attempt = ended.attempt = 1;
  events.back().seq = 6;
  events.back().at = 1'006;
  events.insert(events.begin() + 3, {began, ended});
  RunRow row = ended_row();
  row.head_seq = 6;
  row.finished_at = 1'006;
  row.summary["children"] = Json{{"runs", 1}, {"steps", 3}, {"cost", 5}};
  CHECK(told(row, events).empty());
  row.summary["children"]["cost"] = 4;
  CHECK(tells(told(row, events),
              "its row says children '1 run, 3 steps, $0.000000004', its "
              "journal '1 run, 3 steps, $0.000000005'"));
  row.summary.erase("children");
  CHECK(tells(told(row, events), "its row says children '0 runs, 0 steps, $0'"));
  row = ended_row();
  row.summary["children"] = Json{{"runs", 1}, {"steps", 0}, {"cost", 0}};
  CHECK(tells(told(row), "its row says children '1 run, 0 steps, $0', its journal '0 runs"));
  row = ended_row();
  row.summary["unpriced"] = true;
  CHECK(tells(told(row), "its row says unpriced 'true', its journal 'false'"));
}

TEST_CASE("a fork has its parent's start, its own starter and no session") {
  std::vector<Event> events = ended_journal();
  events.pop_back();
  events.push_back(
      event_at(4, EventKind::run_forked, Json{{"from", "R"}, {"from_seq", 3}, {"by", "bob"}}, "F"));
  RunRow row = ended_row();
  row.run_id = "F";
  row.status = RunStatus::waiting;
  row.reason.clear();
  row.fork_run = "R";
  row.fork_seq = 3;
  row.created_at = 1'004;
  row.finished_at = 0;
  row.session.clear();
  row.by = "bob";
  row.summary = Json{{"title", "say hello"}, {"steps", 0}, {"tokens", 0}, {"cost", 0}};
  CHECK(told(row, events).empty());
  row.by = "ann";
  CHECK(tells(told(row, events), "says by 'ann', its journal 'bob'"));
  row.by = "bob";
  row.summary["cost"] = 7;  // its parent's
  CHECK_FALSE(told(row, events).empty());
}

TEST_CASE("of an erased run the way it ended is still held against its journal") {
  std::vector<Event> events = ended_journal();
  for (Event& event : events) {
    event.erased = true;
    event.fields = Json::object();
  }
  RunRow row = ended_row();
  row.erased_at = 1;
  row.summary.erase("title");
  CHECK(told(row, events).empty());
  row.status = RunStatus::completed;
  CHECK(tells(told(row, events), "says status 'completed', its journal 'failed'"));
}

}  // namespace yoke::testing
