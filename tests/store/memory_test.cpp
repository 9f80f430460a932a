#include <catch2/catch.hpp>

#include "runtime/store/memory/memory_store.h"
#include "tests/store/store_suite.h"
#include "tests/support/test_loop.h"

namespace yoke {
namespace {

// Incarnations of a memory store on one disk, each call's fate decided by the test.
struct Simulated {
  Simulated() { restart(); }

  void restart() {
    store.reset();
    StoreOptions options;
    options.node_id = "node-a";
    options.wall = &wall;
    auto hook = [this](const MemoryOp& op) {
      seen += std::string(op.name) + (op.writes ? "!" : "") + " ";
      return std::exchange(next, MemoryFate());
    };
    store = std::make_unique<MemoryStore>(disk, loop.executor(), std::move(options), hook);
  }

  template <class T>
  T now(awaitable<T> call) {
    Started<T> started;
    started.on(loop.io, std::move(call));
    loop.settle();
    REQUIRE(started.ended());
    if (started.failure()) std::rethrow_exception(started.failure());
    return std::move(started.value());
  }

  TestLoop loop;
  FixedWallClock wall;
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  MemoryFate next;
  std::string seen;
  std::unique_ptr<MemoryStore> store;
};

Append soft(const Claim& claim, const std::string& body) {
  Append append = append_to(claim, body);
  append.durability = Durability::soft;
  return append;
}

std::size_t records_of(Simulated& sim, const std::string& run_id) {
  return sim.now(sim.store->read(run_id, 0, 100))->size();
}

}  // namespace

TEST_CASE("a crash takes soft appends and everything that came after them") {
  Simulated sim;
  Claim claim = sim.now(sim.store->create(new_run("R1")))->claim;
  claim = after(claim, *sim.now(sim.store->append(append_to(claim, "durable"))));
  for (int i = 0; i < 3; ++i) {
    claim = after(claim, *sim.now(sim.store->append(soft(claim, "soft"))));
  }
  CHECK(sim.disk->unsynced() == 3);
  sim.store.reset();
  SECTION("all of them") {
    sim.disk->crash();
    sim.restart();
    CHECK(records_of(sim, "R1") == 1);
  }
  SECTION("or all but the first") {
    sim.disk->crash(1);
    sim.restart();
    CHECK(records_of(sim, "R1") == 2);
  }
  const Result<Claim> adopted = sim.now(sim.store->claim("R1"));
  REQUIRE(adopted);
  CHECK(adopted->adopted);
  REQUIRE(sim.now(sim.store->append(append_to(*adopted, "on"))));
  const auto row = sim.now(sim.store->get("R1"));
  CHECK(verify_chain(*row, *sim.now(sim.store->read("R1", 0, 100))).empty());
}

TEST_CASE("a durable call makes the soft appends before it safe") {
  Simulated sim;
  Claim claim = sim.now(sim.store->create(new_run("R1")))->claim;
  claim = after(claim, *sim.now(sim.store->append(soft(claim, "soft"))));
  claim = after(claim, *sim.now(sim.store->append(append_to(claim, "durable"))));
  sim.disk->crash();
  CHECK(records_of(sim, "R1") == 2);
}

TEST_CASE("a crash takes back the money and messages of a lost append") {
  Simulated sim;
  const Claim claim = sim.now(sim.store->create(new_run("R1")))->claim;
  REQUIRE(sim.now(sim.store->post(message_to("R1", "cancel"))));
  Append append = soft(claim, "soft");
  append.opened = {reserve("R1/c1", 30)};
  append.inbox_taken = {"cancel"};
  REQUIRE(sim.now(sim.store->append(append)));
  CHECK(sim.now(sim.store->inbox("R1")).empty());
  sim.disk->crash();
  sim.restart();
  CHECK(sim.now(sim.store->inbox("R1")).size() == 1);
  CHECK(sim.now(sim.store->budget(the_day())).reserved == 0);
}

TEST_CASE("a fault before an append leaves nothing, a lost answer leaves the record") {
  Simulated sim;
  const Claim claim = sim.now(sim.store->create(new_run("R1")))->claim;
  sim.next.kind = MemoryFate::Kind::fault_before;
  CHECK_THROWS_AS(sim.now(sim.store->append(append_to(claim, "x"))), StoreFault);
  CHECK(records_of(sim, "R1") == 0);
  sim.next.kind = MemoryFate::Kind::fault_after;
  CHECK_THROWS_AS(sim.now(sim.store->append(append_to(claim, "x"))), StoreFault);
  CHECK(records_of(sim, "R1") == 1);
}

TEST_CASE("a delayed call holds up those behind it and none overtakes") {
  Simulated sim;
  const Claim claim = sim.now(sim.store->create(new_run("R1")))->claim;
  Started<Result<Appended>> first;
  Started<Result<Appended>> second;
  sim.next.delay = std::chrono::seconds(2);
  first.on(sim.loop.io, sim.store->append(append_to(claim, "a")));
  Append behind = append_to(claim, "b");
  behind.after_seq = 1;
  second.on(sim.loop.io, sim.store->append(behind));
  sim.loop.settle();
  sim.loop.advance(std::chrono::seconds(1));
  CHECK_FALSE(first.ended());
  CHECK_FALSE(second.ended());
  sim.loop.advance(std::chrono::seconds(1));
  REQUIRE(first.ended());
  REQUIRE(second.ended());
  CHECK(second.value());
  CHECK(sim.seen == "create! append! append! ");
}

TEST_CASE("after a crash no call is answered, and the next store goes on") {
  Simulated sim;
  const Claim claim = sim.now(sim.store->create(new_run("R1")))->claim;
  Started<Result<Appended>> lost;
  Started<Result<RunRow>> silent;
  sim.next.kind = GENERATE(MemoryFate::Kind::crash_before, MemoryFate::Kind::crash_after);
  const bool stored = sim.next.kind == MemoryFate::Kind::crash_after;
  lost.on(sim.loop.io, sim.store->append(append_to(claim, "x")));
  silent.on(sim.loop.io, sim.store->get("R1"));
  sim.loop.settle();
  CHECK(sim.store->crashed());
  CHECK_FALSE(lost.ended());
  CHECK_FALSE(silent.ended());
  sim.disk->crash();
  sim.restart();
  CHECK(records_of(sim, "R1") == (stored ? 1 : 0));
}

TEST_CASE("a store that was overtaken by another incarnation has lost its lease") {
  Simulated sim;
  const Claim claim = sim.now(sim.store->create(new_run("R1")))->claim;
  MemoryStore rival(sim.disk, sim.loop.executor(), StoreOptions{.node_id = "node-b"});
  CHECK(sim.now(sim.store->renew_lease(1)).error().code == Errc::fenced);
  const Result<Claim> adopted = sim.now(rival.claim("R1"));
  REQUIRE(adopted);
  CHECK(sim.now(sim.store->append(append_to(claim, "late"))).error().code == Errc::fenced);
}

}  // namespace yoke
