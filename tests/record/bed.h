#pragma once

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "runtime/record/root_check.h"
#include "runtime/store/keeper.h"
#include "tests/store/material.h"

namespace Catch {

template <class T>
struct StringMaker<yoke::Result<T>> {  // REQUIRE(result) shows what went wrong
  static std::string convert(const yoke::Result<T>& result) {
    return result ? "a value" : "the error \"" + result.error().message() + "\"";
  }
};

}  // namespace Catch

namespace yoke::testing {

// A store on a disk with a loop of its own, for tests of the record.
class RecordBed {
 public:
  RecordBed();
  ~RecordBed();
  RecordBed(const RecordBed&) = delete;
  RecordBed& operator=(const RecordBed&) = delete;

  Store& store() { return *store_; }
  StoreKeeper& keeper();
  std::string path() const { return (folder_ / "yoke.db").string(); }
  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  void close() { store_.reset(); }
  void open();

  template <class T>
  T operator()(awaitable<T> work) {
    return loop_.run(std::move(work));
  }

  // A run of the tenant with so many events; the last of them ends it unless `open`.
  Claim add_run(const std::string& run_id, int events, bool open = false,
                const std::string& tenant = "local");
  void append(Claim& claim, const std::string& body, bool ends = false);

  // Changes the file behind the store's back; it is closed meanwhile.
  void meddle(const std::string& sql);
  // Gives one event another body and makes every hash of the run fit, as somebody would who knows
  // how they are made.
  void rehash(const std::string& run_id, std::int64_t seq, const std::string& body);

  std::vector<AuditRoot> seal(const RootSigner* signer = nullptr);
  RootReport check(RootsWanted wanted = {});

 private:
  std::filesystem::path folder_;
  CallLoop loop_;
  SystemWallClock wall_;
  std::unique_ptr<Store> store_;
};

}  // namespace yoke::testing
