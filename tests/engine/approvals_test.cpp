#include "runtime/engine/approvals.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "runtime/engine/replay.h"
#include "tests/engine/engine_world.h"
#include "tests/engine/machine_bench.h"

namespace yoke {
namespace {

std::string complaint(const Json& value) {
  QuestionState question;
  question.id = "a.c3.0";
  question.purpose = "approve";
  const Result<void> checked = check_answer(question, value);
  return checked ? "" : checked.error().message();
}

TEST_CASE("an approval is answered by words or by an object, and by nothing else") {
  for (const Json& well :
       {Json("yes"), Json("not today"), Json(true), Json{{"approve", false}, {"message", "no"}},
        Json{{"approve", true}, {"args", {{"n", 1}}}, {"scope", "run"}}}) {
    CHECK(complaint(well).empty());
  }
  CHECK(complaint("  ").find("neither way") != std::string::npos);
  CHECK(complaint(7).find("is 7; write yes") != std::string::npos);
  CHECK(complaint({{"aprove", true}}).find("did you mean 'approve'?") != std::string::npos);
  CHECK(complaint({{"scope", "run"}}).find("does not say \"approve\"") != std::string::npos);
  CHECK(complaint({{"approve", true}, {"scope", "ever"}}).find("\"scope\"") != std::string::npos);
  CHECK(complaint({{"approve", true}, {"args", 1}}).find("no object") != std::string::npos);
  CHECK(complaint({{"approve", false}, {"scope", "run"}}).find("refuses the call") !=
        std::string::npos);
}

TEST_CASE("calls go to the same place when their critical arguments are the same") {
  const ToolFlow flow;
  const Json first{{"to", "ann"}, {"text", "a"}};
  CHECK(same_critical(first, {{"to", "ann"}, {"text", "b"}}, flow));
  CHECK_FALSE(same_critical(first, {{"to", "bob"}, {"text", "a"}}, flow));
  CHECK_FALSE(same_critical(first, {{"to", "ann"}, {"cc", "bob"}}, flow));
  CHECK(same_critical({{"n", 1}}, {{"n", 1}}, flow));
  CHECK_FALSE(same_critical({{"n", 1}}, {{"n", 2}}, flow));
}

// A mailbox whose tool asks each time.
struct Mailbox {
  Mailbox() {
    world.tools.add("mail.send", Effect::once);
    world.policy.rules["mail.send"] = PolicyDecision{Verdict::ask, "mail.*"};
  }
  static FakeReply mail(const std::string& to, const std::string& text) {
    std::vector<Part> parts{call("mail.send", Json{{"to", to}, {"text", text}})};
    return wants(std::move(parts));
  }
  Result<Posted> answer(const std::string& run, const std::string& question, Json value) {
    return world.get(world.engine().answer(run, question, std::move(value), "ann"));
  }
  std::vector<ToolRequest>& sent() { return world.tools.at("mail.send").started; }
  ReplayReport replay(const std::string& id) {
    const std::vector<Record> records = world.get(world.node().store().read(id, 0, 1000)).value();
    return replay_run(world.row(id), records, world.programs.program, {});
  }
  EngineWorld world;
};

TEST_CASE("a call is made with the arguments as a person changed them, and the model is told") {
  Mailbox box;
  box.world.model.answer_in_turn({Mailbox::mail("bob", "a"), says("done")});
  const std::string id = box.world.create();
  REQUIRE(box.world.drive(id).kind == RunEnd::Kind::waiting);
  const Json value{{"approve", true}, {"args", {{"to", "carl"}, {"text", "a"}}}};
  REQUIRE(box.answer(id, "a.c3.0", value).value().first);
  REQUIRE(box.world.drive(id).state.status == RunStatus::completed);
  REQUIRE(box.sent().size() == 1);
  CHECK(box.sent()[0].args["to"] == "carl");
  CHECK(box.world.state(id).find_call("c3.0")->edited_by == "ann");
  const auto& told = box.world.model.requests.back().messages.back();
  CHECK(std::get<ToolResultPart>(told.parts.front()).content.find("ann changed the arguments") !=
        std::string::npos);
  CHECK(box.replay(id).differs_at == 0);
}

TEST_CASE(
    "arguments that do not fit or that a rule forbids are refused, and the question is open") {
  Mailbox box;
  box.world.model.answer_in_turn({Mailbox::mail("bob", "a"), says("done")});
  const std::string id = box.world.create();
  box.world.drive(id);
  const Json value{{"approve", true}, {"args", {{"to", "carl"}}}};
  box.world.tools.at("mail.send").refuses = "at /text: is missing";
  CHECK(box.answer(id, "a.c3.0", value).error().message().find("at /text: is missing") !=
        std::string::npos);
  box.world.tools.at("mail.send").refuses.clear();
  box.world.policy.rules["mail.send"] = PolicyDecision{Verdict::deny, "mail.*"};
  CHECK(box.answer(id, "a.c3.0", value).error().code == Errc::denied);
  CHECK(box.answer(id, "a.c3.0", "yes").value().first);
}

TEST_CASE("an approval for the run covers the same recipient again, and no other") {
  Mailbox box;
  box.world.model.answer_in_turn({Mailbox::mail("bob", "a"), Mailbox::mail("bob", "b"),
                                  Mailbox::mail("carl", "c"), says("done")});
  const std::string id = box.world.create();
  box.world.drive(id);
  REQUIRE(box.answer(id, "a.c3.0", Json{{"approve", true}, {"scope", "run"}}).value().first);
  const RunEnd end = box.world.drive(id);
  REQUIRE(end.kind == RunEnd::Kind::waiting);
  CHECK(box.sent().size() == 2);
  const auto open = std::find_if(end.state.questions.begin(), end.state.questions.end(),
                                 [](const auto& each) { return each.second.is_open(); });
  REQUIRE(open != end.state.questions.end());
  CHECK(open->second.body["args"]["to"] == "carl");
  REQUIRE(box.answer(id, open->first, "no").value().first);
  CHECK(box.world.drive(id).state.status == RunStatus::completed);
  CHECK(box.replay(id).differs_at == 0);
}

TEST_CASE("an approval for the session covers its later runs, and no other session's") {
  Mailbox box;
  box.world.model.answer_in_turn({Mailbox::mail("bob", "a"), says("done"),
                                  Mailbox::mail("bob", "b"), says("done"),
                                  Mailbox::mail("bob", "c"), says("done")});
  const auto begin = [&](const std::string& session) {
    StartRun start = box.world.request("write");
    start.session = session;
    return box.world.create(std::move(start));
  };
  const std::string first = begin("s1");
  box.world.drive(first);
  REQUIRE(box.answer(first, "a.c3.0", Json{{"approve", true}, {"scope", "session"}}).value().first);
  REQUIRE(box.world.drive(first).state.status == RunStatus::completed);
  CHECK(box.world.drive(begin("s1")).state.status == RunStatus::completed);
  CHECK(box.world.drive(begin("s2")).kind == RunEnd::Kind::waiting);
  CHECK(box.sent().size() == 2);
}

TEST_CASE("what was approved in a run is asked about again in a fork of it") {
  for (const Json& answer : {Json("yes"), Json{{"approve", true}, {"scope", "run"}},
                             Json{{"approve", true}, {"scope", "session"}}}) {
    INFO(answer);
    Mailbox box;
    box.world.model.answer_in_turn({Mailbox::mail("bob", "a"), says("done"), says("forked")});
    StartRun start = box.world.request("write");
    start.session = "s1";
    const std::string id = box.world.create(std::move(start));
    box.world.drive(id);
    REQUIRE(box.answer(id, "a.c3.0", answer).value().first);
    REQUIRE(box.world.drive(id).state.status == RunStatus::completed);
    const std::vector<Event> events = box.world.events(id);
    const auto answered = std::find_if(events.begin(), events.end(), [](const Event& event) {
      return event.kind == EventKind::question_answered;
    });
    REQUIRE(answered != events.end());
    ForkRun fork;
    fork.run_id = id;
    fork.at = answered->seq;
    fork.by = "eve";
    const std::string forked =
        box.world.get(box.world.engine().fork(std::move(fork))).value().claim.run_id;
    const RunEnd end = box.world.drive(forked);
    CHECK(end.kind == RunEnd::Kind::waiting);
    REQUIRE(end.state.questions.contains("a.c3.0"));
    CHECK(end.state.questions.at("a.c3.0").is_open());
    CHECK(box.sent().size() == 1);
    REQUIRE(box.answer(forked, "a.c3.0", "yes").value().first);
    CHECK(box.world.drive(forked).state.status == RunStatus::completed);
    CHECK(box.sent().size() == 2);
    CHECK(box.replay(forked).differs_at == 0);
  }
}

TEST_CASE("what a person said of a lost call is not said of a fork's") {
  Mailbox box;
  box.world.policy.rules.clear();
  box.world.model.answer_in_turn({Mailbox::mail("bob", "a"), says("done")});
  const std::string id = box.world.create();
  REQUIRE(box.world.drive(id).state.status == RunStatus::completed);
  const std::vector<Event> events = box.world.events(id);
  const auto called = std::find_if(events.begin(), events.end(), [](const Event& event) {
    return event.kind == EventKind::tool_called;
  });
  REQUIRE(called != events.end());
  const auto fork_at = [&](const std::string& run, std::int64_t seq) {
    ForkRun fork;
    fork.run_id = run;
    fork.at = seq;
    return box.world.get(box.world.engine().fork(std::move(fork))).value().claim.run_id;
  };
  const std::string first = fork_at(id, called->seq);
  REQUIRE(box.world.drive(first).kind == RunEnd::Kind::waiting);
  const std::string question = "u.c3.0.1";
  REQUIRE(box.answer(first, question, "repeat").value().first);
  const std::string second =
      fork_at(first, static_cast<std::int64_t>(box.world.events(first).size()));
  const RunEnd end = box.world.drive(second);
  CHECK(end.kind == RunEnd::Kind::waiting);
  CHECK(box.sent().size() == 1);
}

}  // namespace
}  // namespace yoke
