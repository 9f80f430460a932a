#pragma once

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <exception>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "runtime/store/chain.h"
#include "runtime/store/memory/memory_disk.h"
#include "runtime/store/store.h"

namespace Catch {

template <class T>
struct StringMaker<yoke::Result<T>> {  // REQUIRE(result) shows what went wrong
  static std::string convert(const yoke::Result<T>& result) {
    return result ? "a value" : "the error \"" + result.error().message() + "\"";
  }
};

}  // namespace Catch

namespace yoke {

// A folder of its own for a test, removed with all that is in it.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string file(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

class FixedWallClock final : public WallClock {
 public:
  Micros now() override { return at; }
  Micros at = 1'000'000;
};

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

// A store of one kind to test against, and the loop it answers on. To run the suite on another kind
// of store, write one of these and add it to AllStores.
class StoreBed {
 public:
  virtual ~StoreBed() = default;

  Store& store() { return *store_; }
  // Ends the store's process, as it were, and starts the next one on the same data.
  void reopen();

  template <class T>
  T operator()(awaitable<T> work) {
    return loop.run(std::move(work));
  }

  CallLoop loop;
  FixedWallClock wall;

 protected:
  virtual std::unique_ptr<Store> open(StoreOptions options) = 0;

  std::unique_ptr<Store> store_;
};

class MemoryBed final : public StoreBed {
 public:
  MemoryBed() { reopen(); }

 private:
  std::unique_ptr<Store> open(StoreOptions options) override;

  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
};

class SqliteBed final : public StoreBed {
 public:
  SqliteBed() { reopen(); }
  ~SqliteBed() override { store_.reset(); }

 private:
  std::unique_ptr<Store> open(StoreOptions options) override;

  TempFolder folder_;
};

using AllStores = std::tuple<MemoryBed, SqliteBed>;

// Plain material.
NewRun new_run(const std::string& run_id);
RecordIn record_of(const std::string& body, int kind = 7);
Append append_to(const Claim& claim, const std::string& body);  // one record
RunUpdate update_to(RunStatus status, const std::string& reason = "");
InboxMessage message_to(const std::string& run_id, const std::string& id,
                        const std::string& by = "kim");
BudgetOp reserve(const std::string& reservation, NanoUsd amount, NanoUsd cap = 100);
BudgetOp settle(const std::string& reservation, NanoUsd reserved, NanoUsd actual);

// The claim after an append through it.
Claim after(Claim claim, const Appended& appended);
// Creates the run and gives its claim; the test fails if that is refused.
Claim created(StoreBed& bed, NewRun run);
Appended appended(StoreBed& bed, Append append);
// Reads the whole journal and checks its chain against the run's row.
std::vector<Record> verified_journal(StoreBed& bed, const std::string& run_id);

}  // namespace yoke
