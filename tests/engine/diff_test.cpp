#include "runtime/engine/diff.h"

#include <catch2/catch.hpp>

#include "tests/engine/engine_world.h"

namespace yoke {
namespace {

using std::chrono::seconds;

struct DiffWorld {
  DiffWorld() {
    world.tools.add("a.x", Effect::once);
    world.policy.rules["a.x"] = PolicyDecision{Verdict::ask, "ask a.x"};
    world.model.script = [](const ModelRequest& request, int) {
      FakeReply reply = request.messages.size() == 1 ? wants({call("a.x", 1)}, 10)
                                                     : says("by " + request.target, 10);
      reply.delay = seconds(2);
      return reply;
    };
  }
  // A run to its end; taken over while its model first answers, when it is to crash.
  std::string run(bool crashes = false) {
    const std::string id = world.create();
    if (crashes) {
      world.start_driving(id);
      world.crash();
    }
    world.drive(id);
    const RunState asked = world.state(id);
    for (const auto& [question, state] : asked.questions) {
      world.get(world.engine().answer(id, question, "yes", "ann")).value();
    }
    world.drive(id);
    return id;
  }
  RunDiff diff(const std::string& left, const std::string& right) {
    return diff_runs(world.events(left), world.events(right)).value();
  }
  EngineWorld world;
};

TEST_CASE("two runs of the same course are the same, whatever their ids and times") {
  DiffWorld diffs;
  const std::string left = diffs.run();
  diffs.world.advance(seconds(100));
  const RunDiff diff = diffs.diff(left, diffs.run());
  CHECK(diff.same);
  CHECK_FALSE(diff.left.has_value());
  CHECK_FALSE(diff.right.has_value());
  CHECK(diff.shared > 8);
}

TEST_CASE("a takeover at rest changes nothing that a diff would show") {
  DiffWorld diffs;
  const std::string left = diffs.run();
  const std::string right = diffs.world.create();
  diffs.world.crash();  // before it was ever driven: its numbers shift, its course does not
  diffs.world.drive(right);
  for (const auto& [question, state] : diffs.world.state(right).questions) {
    diffs.world.get(diffs.world.engine().answer(right, question, "yes", "ann")).value();
  }
  diffs.world.drive(right);
  const RunDiff diff = diffs.diff(left, right);
  CHECK(diff.right_state.seq > diff.left_state.seq);
  CHECK(diff.same);
}

TEST_CASE("a fork with another model parts from its parent where the model is called") {
  DiffWorld diffs;
  const std::string left = diffs.run();
  ForkRun fork;
  fork.run_id = left;
  fork.at =
      diffs.world.row(left).head_seq - 3;  // the result; then model.called, its reply, the end
  fork.model = "lab/large";
  const Result<Created> forked = diffs.world.get(diffs.world.engine().fork(fork));
  const std::string right = forked.value().claim.run_id;
  diffs.world.drive(right);
  const RunDiff diff = diffs.diff(left, right);
  CHECK_FALSE(diff.same);
  REQUIRE(diff.left.has_value());
  REQUIRE(diff.right.has_value());
  CHECK(diff.left->kind == EventKind::model_called);
  CHECK(diff.right->fields["target"] == "lab/large");
  CHECK(diff.left_state.text == "by lab/small");
  CHECK(diff.right_state.text == "by lab/large");
  CHECK(diff.right_state.cost == diff.left_state.cost);
}

TEST_CASE("a run that ended earlier has no event where the other goes on") {
  DiffWorld diffs;
  std::vector<Event> left = diffs.world.events(diffs.run());
  std::vector<Event> right = left;
  right.resize(5);
  const RunDiff diff = diff_runs(left, right).value();
  CHECK(diff.shared == 5);
  CHECK(diff.left.has_value());
  CHECK_FALSE(diff.right.has_value());
}

TEST_CASE("a diff with a damaged journal is refused, whichever side it is on") {
  DiffWorld diffs;
  const std::vector<Event> whole = diffs.world.events(diffs.run());
  std::vector<Event> damaged = whole;
  damaged.erase(damaged.begin() + 2);
  CHECK(diff_runs(whole, damaged).error().detail.find("damaged at event 4") != std::string::npos);
  CHECK(diff_runs(damaged, whole).error().detail.find("damaged at event 4") != std::string::npos);
}

}  // namespace
}  // namespace yoke
