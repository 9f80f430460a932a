#include "runtime/store/sqlite/desk.h"

#include <catch2/catch.hpp>
#include <future>
#include <string>

#include "runtime/loop/fair_turns.h"
#include "runtime/loop/task_group.h"
#include "tests/support/test_loop.h"

namespace yoke::sqlite {
namespace {

// Notes who came in each batch; stands still in its first one until it is let go.
class Noting {
 public:
  using Batch = std::vector<SharedCall<Noting>>;

  void work(Batch& batch) {
    batches.emplace_back();
    for (const SharedCall<Noting>& call : batch) call->work(*this);
    if (batches.size() > 1) return;
    begun.set_value();
    gate.get_future().wait();
  }
  void tidy() {}
  void rest() {}

  std::vector<std::string> batches;
  std::promise<void> begun;
  std::promise<void> gate;
};

class DeskBed {
 public:
  // One call of whoever sits in the line.
  void ask(const std::string& line, const std::string& word) {
    TaskGroup& tasks = *tasks_.emplace_back(std::make_unique<TaskGroup>(turns_.line(line)));
    tasks.spawn(asked(word));
  }
  void stand_still() {
    ask("first", "!");
    loop.settle();
    session.begun.get_future().wait();
  }
  void go_on() {
    loop.settle();
    session.gate.set_value();
    run_until(loop.io, [this] { return answered_ == asked_; });
  }

  TestLoop loop;
  Noting session;

 private:
  awaitable<void> asked(std::string word) {
    ++asked_;
    auto submit = [this](SharedCall<Noting> call) { desk_.submit(std::move(call)); };
    auto job = [word](Noting& to) {
      to.batches.back() += word;
      return true;
    };
    const bool done = co_await yoke::ask<Noting>(submit, job);
    answered_ += done ? 1 : 0;
  }

  int asked_ = 0;
  int answered_ = 0;
  FairTurns turns_{loop.executor()};
  Desk<Noting> desk_{loop.executor(), "desk", session};
  std::vector<std::unique_ptr<TaskGroup>> tasks_;
};

}  // namespace

TEST_CASE("of lines that wait at the store's desk, a batch takes so many calls of each") {
  DeskBed bed;
  bed.stand_still();
  for (int i = 0; i < 20; ++i) bed.ask("loud", "l");
  for (int i = 0; i < 3; ++i) bed.ask("quiet", "q");
  bed.go_on();
  REQUIRE(bed.session.batches.size() == 3);
  CHECK(bed.session.batches[1] == "llllqqqllll");
  CHECK(bed.session.batches[2] == "llllllllllll");
}

TEST_CASE("what waits at the store's desk for one line alone is one batch") {
  DeskBed bed;
  bed.stand_still();
  for (int i = 0; i < 20; ++i) bed.ask("loud", "l");
  bed.go_on();
  REQUIRE(bed.session.batches.size() == 2);
  CHECK(bed.session.batches[1].size() == 20);
}

}  // namespace yoke::sqlite
