#include <catch2/catch.hpp>

#include "runtime/base/id.h"
#include "tests/store/reference_store.h"
#include "tests/store/store_suite.h"

namespace yoke {
namespace {

std::string outcome(const Error& error) { return std::string(name_of(error.code)); }

std::string text_of(const Claim& claim) {
  return "fence " + std::to_string(claim.fence) + " head " + std::to_string(claim.head_seq) +
         (claim.adopted ? " adopted" : "");
}

void add_money(MoneyMoves& moves, const Step& step) {
  if (step.opens) moves.opened.push_back(*step.opens);
  if (!step.closes.empty()) settle(moves, step.closes, step.actual);
}

Append append_of(const Step& step) {
  Append append;
  append.run_id = step.run_id;
  append.fence = step.fence;
  append.after_seq = step.after_seq;
  append.records.push_back(record_of(step.text));
  append.inbox_taken = step.taken;
  add_money(append, step);
  if (step.status) {
    append.update = update_to(*step.status);
    append.update->ready_at = step.at;
  }
  return append;
}

awaitable<std::string> do_create(Store& store, Step step) {
  NewRun run = new_run(step.run_id);
  run.idem_key = step.key;
  run.fork_run = step.fork_run;
  run.fork_seq = step.fork_seq;
  run.records.push_back(record_of(step.text));
  const Result<Created> created = co_await store.create(std::move(run));
  if (!created) co_return outcome(created.error());
  if (created->existed) co_return "existed " + created->claim.run_id;
  co_return text_of(created->claim);
}

awaitable<std::string> do_append(Store& store, Step step) {
  Append append = append_of(step);
  const Result<Appended> appended = co_await store.append(std::move(append));
  if (!appended) co_return outcome(appended.error());
  co_return "head " + std::to_string(appended->head_seq);
}

awaitable<std::string> do_claim(Store& store, Step step) {
  const Result<Claim> claim = co_await store.claim(step.run_id);
  if (!claim) co_return outcome(claim.error());
  co_return text_of(*claim);
}

awaitable<std::string> do_claim_due(Store& store, Step step) {
  const std::vector<Claim> claims = co_await store.claim_due(step.at, 2);
  std::string text;
  for (const Claim& claim : claims) text += claim.run_id + " " + text_of(claim) + "; ";
  co_return text;
}

awaitable<std::string> do_post(Store& store, Step step) {
  InboxMessage message = message_to(step.run_id, step.key, step.text);
  message.at = step.at;
  const Result<Posted> posted = co_await store.post(std::move(message));
  if (!posted) co_return outcome(posted.error());
  if (posted->first) co_return "first";
  co_return "second to " + posted->winner.by;
}

awaitable<std::string> do_set(Store& store, Step step) {
  const Result<void> done = co_await store.kv_set("s", step.key, step.text);
  co_return done ? "ok" : outcome(done.error());
}

awaitable<std::string> do_remove(Store& store, Step step) {
  const Result<void> done = co_await store.kv_remove("s", step.key);
  co_return done ? "ok" : outcome(done.error());
}

awaitable<std::string> do_charge(Store& store, Step step) {
  MoneyMoves moves;
  add_money(moves, step);
  const Result<void> done = co_await store.charge(std::move(moves));
  co_return done ? "ok" : outcome(done.error());
}

awaitable<std::string> do_read(Store& store, Step step) {
  const Result<std::vector<Record>> records = co_await store.read(step.run_id, 0, 1000);
  if (!records) co_return outcome(records.error());
  const Result<RunRow> row = co_await store.get(step.run_id);
  if (!row) co_return outcome(row.error());
  if (!verify_chain(*row, *records).empty()) co_return "broken chain";
  std::string text;
  for (const Record& record : *records) text += record.body + ",";
  co_return text;
}

awaitable<std::string> do_inbox(Store& store, Step step) {
  const std::vector<InboxMessage> messages = co_await store.inbox(step.run_id);
  std::string text;
  for (const InboxMessage& message : messages) text += message.id + ",";
  co_return text;
}

awaitable<std::string> do_get(Store& store, Step step) {
  const Result<RunRow> row = co_await store.get(step.run_id);
  if (!row) co_return outcome(row.error());
  co_return std::to_string(static_cast<int>(row->status)) + " fence " + std::to_string(row->fence) +
      " head " + std::to_string(row->head_seq) + " takeovers " + std::to_string(row->takeovers) +
      " ready " + std::to_string(row->ready_at);
}

awaitable<std::string> do_budget(Store& store, Step) {
  const BudgetState state = co_await store.budget(the_day());
  co_return std::to_string(state.reserved) + "+" + std::to_string(state.settled);
}

awaitable<std::string> perform(Store& store, const Step& step) {
  using Do = awaitable<std::string> (*)(Store&, Step);
  static constexpr Do kAll[] = {do_create, do_append, do_claim, do_claim_due, do_post, do_set,
                                do_remove, do_charge, do_read,  do_inbox,     do_get,  do_budget};
  return kAll[static_cast<int>(step.kind)](store, step);
}

// Thinks up steps: mostly sensible ones, some stale, foreign or repeated.
class Scheduler {
 public:
  explicit Scheduler(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t bound) { return random_.next() % bound; }
  bool one_in(std::size_t n) { return below(n) == 0; }

  Step step(bool writes, const ReferenceStore& known) {
    Step step;
    const auto first = static_cast<std::size_t>(writes ? Step::Kind::create : Step::Kind::read);
    step.kind = static_cast<Step::Kind>(first + below(writes ? 8 : 4));
    if (writes && !one_in(3)) step.kind = Step::Kind::append;
    step.run_id = "R" + std::to_string(below(6));
    step.key = "k" + std::to_string(below(4));
    step.text = "t" + std::to_string(++count_);
    step.at = static_cast<Micros>(1 + below(50));
    step.fence = known.fence_of(step.run_id) - (one_in(8) ? 1 : 0);
    step.after_seq = known.head_of(step.run_id) + (one_in(8) ? 1 : 0);
    if (step.kind == Step::Kind::create) add_origin(step);
    if (step.kind == Step::Kind::append) add_extras(step);
    if (step.kind == Step::Kind::charge) add_money(step, "x");
    return step;
  }

 private:
  void add_origin(Step& step) {
    if (!one_in(3)) step.key.clear();
    if (!one_in(3)) return;
    step.fork_run = "R" + std::to_string(below(6));
    step.fork_seq = static_cast<std::int64_t>(below(6));
  }

  void add_extras(Step& step) {
    if (one_in(6)) step.taken = {"k0", "k1"};
    if (one_in(4)) {
      step.status = static_cast<RunStatus>(below(3));
      if (one_in(10)) step.status = RunStatus::completed;
    }
    if (one_in(3)) add_money(step, step.run_id);
  }

  // More may come back than was reserved, and calls are closed that were never opened.
  void add_money(Step& step, const std::string& owner) {
    const auto call = [&] { return owner + "/c" + std::to_string(below(3)); };
    const bool opens = one_in(2);
    if (opens) step.opens = reserve(call(), static_cast<NanoUsd>(1 + below(40)), 1200);
    if (opens && !one_in(4)) return;
    step.closes = call();
    step.actual = static_cast<NanoUsd>(1 + below(50));
  }

  SeededRandom random_;
  int count_ = 0;
};

// Groups of steps handed in together, with restarts between them. Within a group of writes each
// step is thought up after the one before it took place in the reference.
void play(StoreBed& bed, std::uint64_t seed) {
  Scheduler scheduler(seed);
  ReferenceStore reference;
  for (int group = 0; group < 60; ++group) {
    if (scheduler.one_in(12)) {
      bed.reopen();
      reference.reopen();
    }
    const bool writes = !scheduler.one_in(3);
    std::vector<Step> steps;
    std::vector<std::string> expected;
    std::vector<awaitable<std::string>> calls;
    for (std::size_t i = 0; i <= scheduler.below(8); ++i) {
      steps.push_back(scheduler.step(writes, reference));
      expected.push_back(reference.perform(steps.back()));
      calls.push_back(perform(bed.store(), steps.back()));
    }
    const std::vector<std::string> found = bed.loop.run_all(std::move(calls));
    for (std::size_t i = 0; i < steps.size(); ++i) {
      INFO("seed " << seed << ", group " << group << ": " << steps[i].describe());
      REQUIRE(found[i] == expected[i]);
    }
  }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("a store does what the reference does, whatever it is asked", "[store]",
                        AllStores) {
  for (std::uint64_t seed = 1; seed <= TestType::kSeeds; ++seed) {
    TestType bed;
    play(bed, seed);
  }
}

}  // namespace yoke
