#include <malloc.h>

#include <catch2/catch.hpp>

#include "agents/loop_agent.h"
#include "runtime/engine/engine.h"
#include "runtime/ports/run_extras.h"
#include "tests/support/fakes.h"
#include "tests/support/temp_project.h"
#include "tests/support/test_loop.h"

// What a long run keeps in memory, with a real database.
namespace yoke {
namespace {

constexpr int kLongSteps = 500;

// Bytes that are allocated, by all threads; 0 where the allocator does not say (a sanitizer's).
std::size_t bytes_in_use() {
  const auto info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

bool sums_up(const ModelRequest& request) { return request.instructions.starts_with("You sum up"); }

// Asks for a tool so many times and then answers; notes how much is in use meanwhile.
class Stayer final : public Model {
 public:
  awaitable<ModelOutcome> call(ModelRequest request, Deadline, DeltaSink) override {
    most_bytes = std::max(most_bytes, bytes_in_use());
    FakeReply answer = says("so far so good");
    if (sums_up(request)) {
      ++summaries;
    } else if (steps++ % (kLongSteps + 1) < kLongSteps) {
      answer = wants({call_of(steps)});
    }
    co_return std::move(answer.outcome);
  }
  Result<ModelEstimate> estimate(const ModelRequest&) const override {
    ModelEstimate estimate;
    estimate.input_tokens = estimate.output_tokens = 10;
    estimate.priced = true;
    return estimate;
  }

  int steps = 0;
  int summaries = 0;
  std::size_t most_bytes = 0;

 private:
  static ToolCallPart call_of(int number) {
    ToolCallPart part;
    part.id = "v" + std::to_string(number);
    part.name = "a.x";
    part.args = Json{{"n", number}};
    return part;
  }
};

// Its window holds a few results.
class NarrowTools final : public ToolSet, public RunExtras {
 public:
  explicit NarrowTools(const FakeTools& tools) : tools_(tools) {}
  Tool* find(std::string_view name) const override { return tools_.find(name); }
  std::vector<const ToolSpec*> list() const override { return tools_.list(); }
  std::int64_t window_of(std::string_view) const override { return 20'000; }

 private:
  const FakeTools& tools_;
};

struct LongLife {
  LongLife() {
    tools.add("a.x", Effect::read).answer = [](const ToolRequest& request) {
      ToolOutcome outcome;
      outcome.value = Json{{"n", request.args["n"]}, {"row", std::string(4000, 'r')}};
      outcome.label = kTrustedPrivate;
      return outcome;
    };
    programs.program = program();
    StoreOptions settings;
    settings.wall = &wall;
    settings.node_id = "n1";
    auto opened = open_store("sqlite:" + folder.file("yoke.db"), io.get_executor(), settings);
    REQUIRE(opened.has_value());
    store = std::move(*opened);
    EngineOptions options;
    options.node_id = "n1";
    const EngineServices services{io.get_executor(), *store, wall, random, model, policy, programs};
    engine = std::make_unique<Engine>(services, std::move(options));
  }
  Program program() {
    AgentSpec spec;
    spec.name = "stayer";
    spec.model = "lab/small";
    spec.limits.steps = 10'000;
    spec.output_tokens_max = 200;
    Program made;
    made.agent = std::make_shared<const LoopAgent>(spec, nullptr);
    made.tools = std::make_shared<const NarrowTools>(tools);
    made.source = Json{{"agent", "stayer"}};
    return made;
  }
  // From its start to its end; how many steps it took.
  std::int64_t live() {
    StartRun start;
    start.program = program();
    start.task = "go on";
    const Result<Created> created = run(io, engine->create(std::move(start)));
    const Result<RunEnd> end = run(io, engine->drive(created.value().claim.run_id));
    CHECK(end->state.status == RunStatus::completed);
    // What the fakes have noted down is no memory of the run's.
    std::vector<ToolRequest>().swap(tools.at("a.x").started);
    std::vector<PolicyQuery>().swap(policy.queries);
    return end->state.own_steps();
  }

  testing::TempFolder folder;
  SystemWallClock wall;
  SeededRandom random{7};
  Stayer model;
  FakeTools tools;
  FakePolicy policy;
  FakePrograms programs;
  asio::io_context io{1};
  std::unique_ptr<Store> store;
  std::unique_ptr<Engine> engine;
};

TEST_CASE("after a run of five hundred steps the process holds no more memory than before it") {
  LongLife life;
  CHECK(life.live() >= kLongSteps);  // the database's own caches are full from here on
  CHECK(life.model.summaries > 5);
  life.model.most_bytes = 0;
  const std::size_t before = bytes_in_use();
  CHECK(life.live() >= kLongSteps);
  const std::size_t after = bytes_in_use();
  if (before == 0) return;  // this allocator does not say
  REQUIRE(life.model.most_bytes > before);
  const std::size_t grown = life.model.most_bytes - before;
  CHECK(grown > 1'000'000);  // its results, which are part of its state while it is driven
  CHECK(after < before + grown / 10);
}

}  // namespace
}  // namespace yoke
