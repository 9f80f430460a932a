#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/engine/engine_world.h"

namespace yoke {
namespace {

using std::chrono::seconds;

// A world with a day's budget; a model call is estimated at 60, comes to 40 and takes three
// seconds.
struct Queue {
  explicit Queue(NanoUsd cap) {
    BudgetRule rule;
    rule.cap = cap;
    rule.place = "yoke.toml:3";
    world.options.budgets = {rule};
    world.crash();
    world.model.estimated_cost = 60;
    world.model.script = [](const ModelRequest&, int) {
      FakeReply reply = says("done", 40);
      reply.delay = seconds(3);
      return reply;
    };
  }
  Driven& start() { return world.start_driving(world.create()); }
  BudgetState budget() {
    const std::string window = window_of(BudgetSpan::day, world.wall.now());
    return world.get(world.node().store().budget(BudgetKey{"all", window}));
  }

  EngineWorld world;
};

const RunState& state_of(Driven& driven) { return driven.value().value().state; }

}  // namespace

TEST_CASE("a run that a budget has no room for waits for what calls in flight give back") {
  Queue queue(100);
  Driven& first = queue.start();
  Driven& second = queue.start();
  queue.world.advance(seconds(2));
  CHECK(queue.world.model.requests.size() == 1);
  CHECK_FALSE(second.ended());
  queue.world.wait_for([&] { return second.ended(); });
  CHECK(state_of(first).status == RunStatus::completed);
  CHECK(state_of(second).status == RunStatus::completed);
  CHECK(queue.budget().settled == 80);
  const std::vector<std::string>& told = queue.world.watcher.lines;
  CHECK(std::count_if(told.begin(), told.end(), [](const std::string& line) {
          return line.starts_with("log info waits for room: the budget of all runs");
        }) == 1);
}

TEST_CASE("a run is refused at once where no call in flight could make room for it") {
  Queue queue(100);
  Driven& first = queue.start();
  queue.world.wait_for([&] { return first.ended(); });
  queue.start();
  queue.world.advance(seconds(1));  // 40 spent, 60 reserved
  queue.world.model.estimated_cost = 61;
  Driven& third = queue.start();
  CHECK(third.ended());
  CHECK(state_of(third).reason == "limit.budget");
}

TEST_CASE("a run does not wait for a reservation that nobody is there to give back") {
  Queue queue(100);
  const std::string left = queue.world.create();
  queue.world.start_driving(left);
  queue.world.advance(seconds(1));
  queue.world.crash();
  Driven& other = queue.start();
  CHECK(other.ended());
  CHECK(state_of(other).reason == "limit.budget");
  CHECK(state_of(other).text.find("$0.00000006 reserved by calls in flight") != std::string::npos);
}

TEST_CASE("those that wait for money are let in as they came, and refused when it is spent") {
  Queue queue(170);  // 60, then 40 + 60 twice over, then 120 + 60 is too much
  std::vector<Driven*> driven;
  for (int i = 0; i < 6; ++i) driven.push_back(&queue.start());
  queue.world.advance(seconds(1));
  CHECK(queue.world.model.requests.size() == 2);
  for (Driven* each : driven) queue.world.wait_for([&] { return each->ended(); });
  std::string ends;
  for (Driven* each : driven) {
    ends += state_of(*each).status == RunStatus::completed ? "c" : "r";
    if (state_of(*each).status == RunStatus::failed)
      CHECK(state_of(*each).reason == "limit.budget");
  }
  CHECK(ends == "cccrrr");
  CHECK(queue.budget().settled == 120);
  CHECK(queue.budget().reserved == 0);
}

TEST_CASE("a run that waits for money can be cancelled") {
  Queue queue(100);
  queue.start();
  const std::string id = queue.world.create();
  Driven& waiting = queue.world.start_driving(id);
  queue.world.advance(seconds(1));
  REQUIRE_FALSE(waiting.ended());
  queue.world.get(queue.world.engine().cancel(id, "anna"));
  queue.world.settle();
  REQUIRE(waiting.ended());
  CHECK(state_of(waiting).status == RunStatus::cancelled);
}

TEST_CASE("a run waits for money no longer than its limit of seconds lets it") {
  Queue queue(100);
  queue.world.agent.limits.seconds = 2;
  Driven& first = queue.start();
  Driven& second = queue.start();
  queue.world.advance(seconds(1));
  CHECK_FALSE(second.ended());
  queue.world.wait_for([&] { return first.ended() && second.ended(); });
  CHECK(state_of(second).reason == "limit.seconds");
  CHECK(queue.world.model.requests.size() == 1);
}

TEST_CASE("a run waits for money no longer than a model call may take, and is refused then") {
  Queue queue(100);
  queue.world.options.model_timeout = seconds(10);
  queue.world.crash();
  queue.world.model.script = [](const ModelRequest&, int) {
    FakeReply reply = says("done", 40);
    reply.delay = seconds(9);
    return reply;
  };
  queue.start();
  queue.world.advance(seconds(5));
  queue.world.model.script = [](const ModelRequest&, int) { return says("done", 45); };
  queue.world.model.estimated_cost = 100;
  Driven& dear = queue.start();  // 100 would fit only if nothing had been spent
  queue.world.wait_for([&] { return dear.ended(); });
  CHECK(state_of(dear).reason == "limit.budget");
}

TEST_CASE("processes that die again and again never spend more than the budget of their runs") {
  Queue queue(1000);
  SeededRandom random(static_cast<std::uint64_t>(GENERATE(1, 2, 3, 4)));
  NanoUsd billed = 0;
  queue.world.model.script = [&](const ModelRequest& request, int) {
    FakeReply reply = says("done", static_cast<NanoUsd>(random.next() % 61));
    CHECK(request.reserved == 60);
    billed += std::get<ModelReply>(reply.outcome).cost;
    reply.delay = std::chrono::milliseconds(random.next() % 3000);
    return reply;
  };
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) ids.push_back(queue.world.create());
  const auto left = [&] {
    std::vector<std::string> open;
    for (const std::string& id : ids) {
      if (!is_final(queue.world.row(id).status)) open.push_back(id);
    }
    return open;
  };
  for (int life = 0; life < 4; ++life) {
    for (const std::string& id : left()) queue.world.start_driving(id);
    queue.world.advance(std::chrono::milliseconds(random.next() % 2000));
    queue.world.crash();
    CHECK(queue.budget().settled + queue.budget().reserved <= 1000);
  }
  std::vector<Driven*> driven;
  for (const std::string& id : left()) driven.push_back(&queue.world.start_driving(id));
  for (Driven* each : driven) queue.world.wait_for([&] { return each->ended(); });
  CHECK(billed <= queue.budget().settled);
  CHECK(queue.budget().settled <= 1000);
  CHECK(queue.budget().reserved == 0);
}

}  // namespace yoke
