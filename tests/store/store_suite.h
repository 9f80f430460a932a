#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "runtime/store/chain.h"
#include "runtime/store/memory/memory_disk.h"
#include "runtime/store/store.h"
#include "tests/store/material.h"

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
  static constexpr std::uint64_t kSeeds = 200;  // random schedules

  MemoryBed() { reopen(); }

 private:
  std::unique_ptr<Store> open(StoreOptions options) override;

  std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
};

class SqliteBed final : public StoreBed {
 public:
  static constexpr std::uint64_t kSeeds = 20;  // each of their steps waits for the disk

  SqliteBed() { reopen(); }
  ~SqliteBed() override { store_.reset(); }

 private:
  std::unique_ptr<Store> open(StoreOptions options) override;

  TempFolder folder_;
};

using AllStores = std::tuple<MemoryBed, SqliteBed>;

// Creates the run and gives its claim; the test fails if that is refused.
Claim created(StoreBed& bed, NewRun run);
Appended appended(StoreBed& bed, Append append);
// Reads the whole journal and checks its chain against the run's row.
std::vector<Record> verified_journal(StoreBed& bed, const std::string& run_id);

}  // namespace yoke
