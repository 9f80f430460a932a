#include "hosts/hook/telemetry/backend_gauges.h"

#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/hook/hook_world.h"

namespace yoke::testing {
namespace {

KeyHealth key_in(BreakerState state, const std::string& model) {
  KeyHealth key;
  key.model = model;
  key.key = "env:KEY";
  key.state = state;
  return key;
}

class Board {
 public:
  Metrics metrics;
  BackendGauges gauges{metrics};

  bool has(const std::string& line) const {
    const std::vector<std::string> lines = split(metrics.text(), '\n');
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }
};

}  // namespace

TEST_CASE("the figures tell how many breakers of a backend are open, and whether any is not") {
  Board board;
  board.gauges.take({{"openai",
                      {key_in(BreakerState::open, "a"), key_in(BreakerState::closed, "b"),
                       key_in(BreakerState::open, "c")}},
                     {"lab", {key_in(BreakerState::open, "a")}}});
  CHECK(board.has(R"(yoke_model_breakers{backend="openai",state="open"} 2)"));
  CHECK(board.has(R"(yoke_model_breakers{backend="openai",state="closed"} 1)"));
  CHECK(board.has(R"(yoke_model_breakers{backend="openai",state="half_open"} 0)"));
  CHECK(board.has(R"(yoke_backend_up{backend="openai"} 1)"));
  CHECK(board.has(R"(yoke_backend_up{backend="lab"} 0)"));
  board.gauges.take({{"lab", {key_in(BreakerState::half_open, "a")}}});
  CHECK(board.has(R"(yoke_backend_up{backend="lab"} 1)"));
  CHECK_FALSE(board.has(R"(yoke_backend_up{backend="openai"} 1)"));
}

TEST_CASE("models that callers name make no series of their own") {
  Board board;
  Router::BackendHealth backend{"openai", {}};
  for (int i = 0; i < 1000; ++i) {
    backend.keys.push_back(key_in(BreakerState::closed, "anything-" + std::to_string(i)));
  }
  board.gauges.take({backend});
  CHECK(board.has(R"(yoke_model_breakers{backend="openai",state="closed"} 1000)"));
  CHECK(board.metrics.text().find("anything") == std::string::npos);
}

TEST_CASE("the figures tell of queues, of servers of this machine and of the sandbox's workers") {
  Board board;
  board.gauges.take({{"openai", 7}});
  LocalLook look;
  look.state = "loading";
  look.busy = 1;
  look.slots = 4;
  look.restarts = 2;
  board.gauges.take({{"small", look}});
  look.state = "ready";
  board.gauges.take({{"small", look}});
  WorkerPool::Stats stats;
  stats.workers = 3;
  stats.calls = 2;
  stats.waiting = 5;
  stats.lost = 1;
  board.gauges.take(stats);
  CHECK(board.has(R"(yoke_model_queue{backend="openai"} 7)"));
  CHECK(board.has(R"(yoke_local_server{backend="small",state="ready"} 1)"));
  CHECK_FALSE(board.has(R"(yoke_local_server{backend="small",state="loading"} 1)"));
  CHECK(board.has(R"(yoke_local_server_slots{backend="small",state="busy"} 1)"));
  CHECK(board.has(R"(yoke_local_server_slots{backend="small",state="idle"} 3)"));
  CHECK(board.has(R"(yoke_local_server_restarts_total{backend="small"} 2)"));
  CHECK(board.has("yoke_sandbox_workers 3"));
  CHECK(board.has("yoke_sandbox_calls 2"));
  CHECK(board.has("yoke_sandbox_queue 5"));
  CHECK(board.has("yoke_sandbox_workers_lost_total 1"));
}

TEST_CASE("a backend that lets only so many through, and fails, is seen to") {
  const std::string config = R"toml([backends.far]
preset = "openai-compatible"
base_url = "http://127.0.0.1:1/v1"
limits = { concurrent = 1 }
)toml";
  HookWorld world([](Endpoints&, const HookServices&) {}, config);
  Board board;
  board.gauges.take(world.app());
  CHECK(board.has(R"(yoke_model_queue{backend="far"} 0)"));
  CHECK_FALSE(board.has(R"(yoke_backend_up{backend="far"} 1)"));  // nobody used it yet
  ModelRequest request;
  request.target = "far/any";
  auto calling = world.app().models().call(std::move(request), kNoDeadline, {});
  Started<ModelOutcome> called;
  called.on(world.loop.io, std::move(calling));
  while (!called.ended()) world.loop.advance(std::chrono::seconds(30));  // between its tries
  board.gauges.take(world.app());
  CHECK(board.has(R"(yoke_model_breakers{backend="far",state="closed"} 1)"));
  CHECK(board.has(R"(yoke_backend_up{backend="far"} 1)"));
}

}  // namespace yoke::testing
