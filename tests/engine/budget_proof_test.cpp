#include <catch2/catch.hpp>
#include <filesystem>

#include "agents/loop_agent.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/recount.h"

#include "tests/support/fakes.h"
#include "tests/support/temp_project.h"
#include "tests/support/test_loop.h"

// A real database, many runs at once, and a vendor that adds up what it could be owed.
namespace yoke {
namespace {

constexpr NanoUsd kMost = 1000;  // that a call may cost

// Answers after a few turns of the loop and bills what it likes, up to what was reserved. Knows at
// each moment what it is owed at most, whatever becomes of the calls that it still works on.
class Vendor final : public Model {
 public:
  explicit Vendor(std::uint64_t seed) : random_(seed) {}

  awaitable<ModelOutcome> call(ModelRequest request, Deadline, DeltaSink) override {
    const NanoUsd granted = request.reserved.value_or(0);
    ++calls;
    at_work_ += granted;
    most_owed = std::max(most_owed, billed + at_work_);
    const auto executor = co_await asio::this_coro::executor;
    for (std::uint64_t turns = random_.next() % 20; turns > 0; --turns) {
      co_await asio::post(executor, asio::use_awaitable);
    }
    const NanoUsd cost = static_cast<NanoUsd>(random_.next() % (kMost + 1));
    at_work_ -= granted;
    billed += cost;
    most_owed = std::max(most_owed, billed + at_work_);
    const bool fails = random_.next() % 10 == 0;
    ModelOutcome outcome;
    if (fails) {
      ModelFailure failure;
      failure.failure_class = FailureClass::server;
      failure.message = "broken";
      failure.cost = cost;
      outcome = std::move(failure);
    } else {
      ModelReply reply;
      reply.message = assistant({TextPart{"done"}});
      reply.usage.input = 10;
      reply.usage.output = 5;
      reply.cost = cost;
      reply.target = "lab/small";
      outcome = std::move(reply);
    }
    co_return outcome;
  }

  Result<ModelEstimate> estimate(const ModelRequest&) const override {
    ModelEstimate estimate;
    estimate.input_tokens = estimate.output_tokens = 10;
    estimate.cost = kMost;
    estimate.priced = true;
    return estimate;
  }

  NanoUsd billed = 0;
  NanoUsd most_owed = 0;
  int calls = 0;

 private:
  static Message assistant(std::vector<Part> parts) {
    Message message;
    message.role = Role::assistant;
    message.parts = std::move(parts);
    return message;
  }

  SeededRandom random_;
  NanoUsd at_work_ = 0;
};

class SteadyWall final : public WallClock {
 public:
  Micros now() override { return at; }
  Micros at = 1'795'000'000'000'000;
};

// The engine of one process over a database in a folder.
struct Bank {
  explicit Bank(std::uint64_t seed, NanoUsd cap) : vendor(seed) {
    BudgetRule rule;
    rule.cap = cap;
    rule.place = "yoke.toml:1";
    options.budgets = {rule};
    options.node_id = "n1";
    agent.name = "clerk";
    agent.model = "lab/small";
    programs.program = program();
    StoreOptions settings;
    settings.node_id = "n1";
    settings.wall = &wall;
    auto opened = open_store("sqlite:" + folder.file("yoke.db"), io->get_executor(), settings);
    REQUIRE(opened.has_value());
    store = std::move(*opened);
    const EngineServices services{
        io->get_executor(), *store, wall, random, vendor, policy, programs};
    engine = std::make_unique<Engine>(services, options);
  }

  Program program() {
    Program made;
    made.agent = std::make_shared<const LoopAgent>(agent, nullptr);
    made.tools = std::shared_ptr<const ToolSet>(&tools, [](const ToolSet*) {});
    made.source = Json{{"agent", "clerk"}};
    return made;
  }

  std::string create() {
    StartRun start;
    start.program = program();
    start.task = "work";
    const Result<Created> created = run(*io, engine->create(std::move(start)));
    return created.value().claim.run_id;
  }

  BudgetState budget() {
    return run(*io, store->budget(BudgetKey{"all", window_of(BudgetSpan::day, wall.now())}));
  }

  testing::TempFolder folder;
  SteadyWall wall;
  SeededRandom random{7};
  Vendor vendor;
  AgentSpec agent;
  FakeTools tools;
  FakePolicy policy;
  FakePrograms programs;
  EngineOptions options;
  std::unique_ptr<asio::io_context> io = std::make_unique<asio::io_context>(1);
  std::unique_ptr<Store> store;
  std::unique_ptr<Engine> engine;
};

// Drives all of them at once; how many came to their answer.
int drive_all(Bank& bank, const std::vector<std::string>& ids) {
  std::vector<std::unique_ptr<Started<Result<RunEnd>>>> driven;
  for (const std::string& id : ids) {
    driven.push_back(std::make_unique<Started<Result<RunEnd>>>());
    driven.back()->on(*bank.io, bank.engine->drive(id));
  }
  run_until(*bank.io, [&] {
    return std::all_of(driven.begin(), driven.end(), [](const auto& one) { return one->ended(); });
  });
  int completed = 0;
  for (const auto& one : driven) {
    const RunState& state = one->value().value().state;
    if (state.status == RunStatus::completed) ++completed;
    if (state.reason == "limit.budget") CHECK(state.text.find("yoke.toml:1") != std::string::npos);
  }
  return completed;
}

std::vector<std::string> differences(Bank& bank, const std::vector<std::string>& ids) {
  std::vector<std::string> found = run(*bank.io, recount_budgets(*bank.store));
  for (const std::string& id : ids) {
    const auto books = run(*bank.io, recount_run(*bank.store, id));
    for (const BookDifference& each : books.value()) found.push_back(each.call_id + each.what);
  }
  return found;
}

}  // namespace

TEST_CASE("200 runs at once never owe more than their budget, and the ledger is their journals'") {
  const auto seed = static_cast<std::uint64_t>(GENERATE(1, 2, 3));
  CAPTURE(seed);
  constexpr NanoUsd kCap = 20 * kMost;
  Bank bank(seed, kCap);
  std::vector<std::string> ids;
  for (int i = 0; i < 200; ++i) ids.push_back(bank.create());
  const int completed = drive_all(bank, ids);
  CHECK(completed >= 20);  // each may have cost the most
  CHECK(bank.vendor.most_owed <= kCap);
  CHECK(bank.budget().reserved == 0);
  CHECK(bank.budget().settled == bank.vendor.billed);
  CHECK(kCap - bank.vendor.billed < kMost);  // nothing that had room was refused
  CHECK(differences(bank, ids).empty());
}

}  // namespace yoke
