#pragma once

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include "runtime/loop/asio.h"
#include "runtime/store/store.h"

// What both the store's tests and their child process are made of; knows no test framework.
namespace yoke {

// Runs what a store answers on a loop of its own until the answer is there.
class CallLoop {
 public:
  asio::any_io_executor executor() { return io_.get_executor(); }

  template <class T>
  T run(awaitable<T> work) {
    std::vector<awaitable<T>> one;
    one.push_back(std::move(work));
    return std::move(run_all(std::move(one)).front());
  }

  // Starts all before any is answered, in their order.
  template <class T>
  std::vector<T> run_all(std::vector<awaitable<T>> work) {
    std::vector<T> values(work.size());
    std::size_t left = work.size();
    std::exception_ptr first_failure;
    for (std::size_t i = 0; i < work.size(); ++i) {
      auto done = [&, i](std::exception_ptr failure, T value) {
        if (failure && !first_failure) first_failure = failure;
        values[i] = std::move(value);
        --left;
      };
      asio::co_spawn(io_, std::move(work[i]), std::move(done));
    }
    io_.restart();
    while (left > 0 && io_.run_one() > 0) continue;
    if (first_failure) std::rethrow_exception(first_failure);
    return values;
  }

  asio::io_context& io() { return io_; }

 private:
  asio::io_context io_{1};
};

// Plain material.
NewRun new_run(const std::string& run_id);
RecordIn record_of(const std::string& body, int kind = 7);
Append append_to(const Claim& claim, const std::string& body);  // one record
RunUpdate update_to(RunStatus status, const std::string& reason = "");
InboxMessage message_to(const std::string& run_id, const std::string& id,
                        const std::string& by = "kim");
BudgetKey the_day();  // of all runs on 2026-11-21
// A call that reserves so much of the day.
OpenCall reserve(const std::string& call, NanoUsd amount, NanoUsd cap = 100);
// What a call of that day came to.
LedgerRow spent_on_the_day(const std::string& call_id, NanoUsd cost);
// Closes the call "RUN/c1" with what it came to.
void settle(MoneyMoves& moves, const std::string& call, NanoUsd actual);

// The claim after an append through it.
Claim after(Claim claim, const Appended& appended);
}  // namespace yoke
