#include "runtime/engine/paid_embedder.h"

#include <catch2/catch.hpp>

#include "tests/engine/engine_world.h"

namespace yoke {
namespace {

class FakeEmbedder final : public Embedder {
 public:
  awaitable<EmbedOutcome> embed(EmbedRequest request, Deadline) override {
    ++asked;
    if (in_flight) in_flight();
    co_await pause_for(delay);
    EmbedOutcome outcome;
    if (fails) {
      ModelFailure failure;
      failure.cost = 3;
      outcome = std::move(failure);
    } else {
      EmbedReply reply;
      reply.vectors.resize(request.texts.size());
      reply.usage.input = 7;
      reply.cost = 40;
      reply.target = request.target;
      outcome = std::move(reply);
    }
    co_return outcome;
  }

  std::function<void()> in_flight;
  LoopClock::duration delay{};
  bool fails = false;
  int asked = 0;
};

// A day's budget of 100; embedding is estimated at 60.
struct Library {
  Library() {
    BudgetRule rule;
    rule.cap = 100;
    rule.place = "yoke.toml:3";
    rules = {rule};
    world.model.estimated_cost = 60;
  }
  EmbedOutcome embed() {
    Store& store = world.node().store();
    PaidEmbedder paid({embedder, world.model, store, world.wall, world.random}, rules, "p");
    EmbedRequest request;
    request.target = "lab/vectors";
    request.texts = {"a", "b"};
    auto asked = paid.embed(std::move(request), kNoDeadline);
    return world.get(std::move(asked));
  }
  BudgetState budget() {
    const std::string window = window_of(BudgetSpan::day, world.wall.now());
    return world.get(world.node().store().budget(BudgetKey{"all", window}));
  }

  EngineWorld world;
  FakeEmbedder embedder;
  std::vector<BudgetRule> rules;
};

}  // namespace

TEST_CASE("embedding reserves what it may cost, and what it cost is in the ledger") {
  Library library;
  library.embedder.in_flight = [&] {
    CHECK(library.world.disk->tables().budgets.begin()->second.state.reserved == 60);
  };
  const EmbedOutcome outcome = library.embed();
  CHECK(std::get<EmbedReply>(outcome).vectors.size() == 2);
  CHECK(library.budget().reserved == 0);
  CHECK(library.budget().settled == 40);
  const std::vector<LedgerRow>& ledger = library.world.disk->tables().ledger;
  REQUIRE(ledger.size() == 1);
  CHECK(ledger[0].role == "embed");
  CHECK(ledger[0].target == "lab/vectors");
  CHECK(ledger[0].input == 7);
  CHECK(ledger[0].prices == "p");
}

TEST_CASE("a budget that has no room refuses to embed before anything is sent") {
  Library library;
  library.embed();
  library.world.model.estimated_cost = 61;
  const EmbedOutcome refused = library.embed();
  const auto& failure = std::get<ModelFailure>(refused);
  CHECK(failure.failure_class == FailureClass::budget);
  CHECK(failure.message.find("raise it in yoke.toml:3") != std::string::npos);
  CHECK(library.embedder.asked == 1);
}

TEST_CASE("a budget of money refuses to embed at a price that nobody knows") {
  Library library;
  library.world.model.priced = false;
  const EmbedOutcome refused = library.embed();
  CHECK(std::get<ModelFailure>(refused).message ==
        "the budget cannot be kept: no price is known for 'lab/vectors'");
  library.rules.clear();
  CHECK(std::holds_alternative<EmbedReply>(library.embed()));
  CHECK(library.world.disk->tables().ledger.front().prices == kNoPrice);
}

TEST_CASE("what an embedding that failed was billed is in the ledger") {
  Library library;
  library.embedder.fails = true;
  library.embed();
  CHECK(library.budget().settled == 3);
  CHECK(library.budget().reserved == 0);
}

}  // namespace yoke
