#include "runtime/engine/signals.h"

#include <set>

#include "tests/engine/script_world.h"

// Signals from outside: kept, met in their order, each once.
namespace yoke {
namespace {

using Names = std::vector<std::string>;

SendSignal order(const std::string& run, const std::string& name, Json value,
                 const std::string& key = "") {
  return SendSignal{run, name, std::move(value), "key:shop", key};
}

Result<SentSignal> send(ScriptWorld& world, SendSignal signal) {
  return world.get(world.engine().signal(std::move(signal)));
}

std::string refused(ScriptWorld& world, SendSignal signal) {
  const Result<SentSignal> sent = send(world, std::move(signal));
  return sent ? "" : sent.error().message();
}

int received(ScriptWorld& world, const std::string& run) {
  int count = 0;
  for (const Event& event : world.events(run)) {
    count += event.kind == EventKind::signal_received ? 1 : 0;
  }
  return count;
}

awaitable<Json> one_signal(ScriptSteps& steps, int&) {
  ScriptAnswer paid = co_await want_one(steps, "1", "signal", R"({"name":"paid"})");
  co_return paid.value;
}

awaitable<Json> two_signals(ScriptSteps& steps, int&) {
  ScriptAnswer first = co_await want_one(steps, "1", "signal", R"({"name":"paid"})");
  ScriptAnswer second = co_await want_one(steps, "2", "signal", R"({"name":"paid"})");
  Json both = Json::array({first.value, second.value});
  co_return both;
}

TEST_CASE("a script that waits for a signal leaves memory, and goes on when it comes") {
  ScriptWorld world;
  const std::string run = world.begin(one_signal);
  const RunEnd parked = world.drive(run);
  CHECK(parked.kind == RunEnd::Kind::waiting);
  CHECK(parked.ready_at == 0);
  CHECK(world.row(run).reason == "signal");
  CHECK(awaited_signals(parked.state) == Names{"paid"});
  CHECK_FALSE(world.engine().is_driving(run));

  const Result<SentSignal> sent = send(world, order(run, "paid", Json{{"amount", 12}}));
  REQUIRE(sent.has_value());
  CHECK(sent->posted.first);
  CHECK(sent->posted.winner.by == "key:shop");
  CHECK(sent->awaited == Names{"paid"});
  CHECK(world.watcher.due == Names{run});
  CHECK(world.row(run).ready_at > 0);

  CHECK(world.drive(run).state.text == R"({"amount":12})");
  const Event signal = world.events(run).at(4);
  CHECK(signal.kind == EventKind::signal_received);
  CHECK(string_at(signal.fields, "by") == "key:shop");
  CHECK(signal.label == Label());
  CHECK(world.state(run).label.integrity == Label::Integrity::untrusted);
  world.check_replay(run);
}

TEST_CASE("signals that come before a script waits are met in their order, each once") {
  ScriptWorld world;
  const std::string run = world.begin(two_signals);
  CHECK(send(world, order(run, "other", 0))->awaited.empty());
  CHECK(send(world, order(run, "paid", 1)).has_value());
  CHECK(world.drive(run).kind == RunEnd::Kind::waiting);
  CHECK(send(world, order(run, "paid", 2)).has_value());
  CHECK(send(world, order(run, "paid", 3)).has_value());
  CHECK(world.drive(run).state.text == "[1,2]");
  world.check_replay(run);
}

TEST_CASE("a signal reaches a script whose run is being driven") {
  ScriptWorld world;
  FakeTool& slow = world.tools.add("a.slow", Effect::read);
  slow.delay = [](const ToolRequest&) { return std::chrono::hours(1); };
  const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
    std::vector<ScriptWant> race;
    race.push_back(ScriptWant{"1.1", "tool", Json{{"tool", "a.slow"}, {"args", Json::object()}}});
    race.push_back(ScriptWant{"1.2", "signal", Json{{"name", "stop"}}});
    ScriptAnswer first = co_await steps.step(std::move(race));
    Json what = Json::array({first.at, first.value});
    co_return what;
  });
  Driven& driven = world.start_driving(run);
  world.wait_for([&] { return slow.started.size() == 1; });
  REQUIRE(world.engine().is_driving(run));
  CHECK(send(world, order(run, "stop", "now")).has_value());
  world.wait_for([&] { return driven.ended(); });
  CHECK(world.state(run).text == R"(["1.2","now"])");
  CHECK(world.scripts->begun == 1);
  world.check_replay(run);
}

TEST_CASE("a signal that was acknowledged outlives a crash wherever it comes") {
  for (int at = 1; at <= 14; ++at) {
    CAPTURE(at);
    ScriptWorld world;
    const std::string run = world.begin(two_signals);
    REQUIRE(send(world, order(run, "paid", 1)).has_value());
    REQUIRE(send(world, order(run, "paid", 2)).has_value());
    int ops = 0;
    world.hook = [&](const MemoryOp&) {
      MemoryFate fate;
      if (++ops == at) fate.kind = MemoryFate::Kind::crash_after;
      return fate;
    };
    world.start_driving(run);
    world.advance(std::chrono::seconds(1));
    world.hook = nullptr;
    world.crash();
    if (!is_final(world.row(run).status)) world.drive(run);
    CHECK(world.state(run).text == "[1,2]");
    CHECK(received(world, run) == 2);
    world.check_replay(run);
  }
}

TEST_CASE("a signal that is sent again under its key is one signal") {
  ScriptWorld world;
  const std::string run = world.begin(two_signals);
  world.drive(run);
  CHECK(send(world, order(run, "paid", 1, "k"))->posted.first);
  const Result<SentSignal> again = send(world, order(run, "paid", 1, "k"));
  REQUIRE(again.has_value());
  CHECK_FALSE(again->posted.first);
  world.drive(run);
  CHECK(received(world, run) == 1);
  CHECK_FALSE(send(world, order(run, "paid", 1, "k"))->posted.first);
  world.drive(run);
  CHECK(received(world, run) == 1);

  const Result<SentSignal> other = send(world, order(run, "paid", 2, "k"));
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code == Errc::conflict);
  CHECK(other.error().place == kKeyInUse);
  CHECK(other.error().detail ==
        "run " + run + " was sent another signal under this key: 'paid', by key:shop");

  CHECK(send(world, order(run, "paid", 2, "k2"))->posted.first);
  CHECK(world.drive(run).state.text == "[1,2]");
  // Whoever did not hear of it may ask when the run has long ended.
  CHECK_FALSE(send(world, order(run, "paid", 2, "k2"))->posted.first);
}

TEST_CASE("who signals a run that is not there or has ended, or with a bad name, is told so") {
  ScriptWorld world;
  const std::string run = world.begin(one_signal);
  const std::string name(kSignalNameBytesMax, 'n');
  CHECK(refused(world, order("01NONE", "paid", 1)) == "no run '01NONE'");
  CHECK(refused(world, order(run, "", 1)) == "a signal has a name, and this one's is empty");
  CHECK(refused(world, order(run, name + "n", 1)).find("has at most 200 bytes") !=
        std::string::npos);
  for (const char* bad : {"a\nb", "a\tb", "a\x1b[2J", "a\xff"}) {
    CHECK(refused(world, order(run, bad, 1)).find("is one line of text") != std::string::npos);
  }
  CHECK(refused(world, order(run, name, 1)) == "");
  CHECK(refused(world, order(run, "bølge 7", 1)) == "");
  CHECK(refused(world, order(run, "paid", 1)) == "");
  world.drive(run);
  CHECK(refused(world, order(run, "paid", 2)) == "run " + run + " has ended: completed");
}

TEST_CASE("a script cannot wait for a signal that nobody could send") {
  ScriptWorld world;
  const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
    ScriptAnswer paid = co_await want_one(steps, "1", "signal", R"({"name":"a\nb"})");
    co_return paid.value;
  });
  const RunEnd end = world.drive(run);
  CHECK(end.state.reason == "script.error");
  CHECK(end.state.text.find("a signal's name is one line of text") == 0);
}

TEST_CASE("a run is kept a bounded number of signals that it has not come to") {
  ScriptWorld world;
  const std::string run = world.begin(one_signal);
  for (int n = 0; n < kSignalsKeptMax; ++n) {
    REQUIRE(send(world, order(run, "early", n)).has_value());
  }
  CHECK(refused(world, order(run, "paid", 1)) ==
        "run " + run + " has 1000 signals that it has not come to: it takes more when it has");
}

TEST_CASE("a run whose script waits for a signal or a timer goes on with what comes first") {
  for (const bool comes : {true, false}) {
    CAPTURE(comes);
    ScriptWorld world;
    const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
      std::vector<ScriptWant> race;
      race.push_back(ScriptWant{"1.1", "signal", Json{{"name", "paid"}}});
      race.push_back(ScriptWant{"1.2", "sleep", Json{{"us", 3'600'000'000}}});
      ScriptAnswer first = co_await steps.step(std::move(race));
      std::vector<ScriptWant> next;
      const char* loser = first.at == "1.1" ? "1.2" : "1.1";
      next.push_back(ScriptWant{"2", "drop", Json{{"of", loser}}});
      next.push_back(ScriptWant{"3", "now", Json::object()});
      co_await steps.step(std::move(next));
      co_return Json(first.at);
    });
    const RunEnd parked = world.drive(run);
    CHECK(parked.ready_at > 0);
    CHECK(awaited_signals(parked.state) == Names{"paid"});
    if (comes) {
      CHECK(send(world, order(run, "paid", 1)).has_value());
    } else {
      world.wall.skew += 3'700'000'000;
    }
    CHECK(world.drive(run).state.text == (comes ? "\"1.1\"" : "\"1.2\""));
    world.check_replay(run);
  }
}

}  // namespace
}  // namespace yoke
