#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>

#include "runtime/loop/task_group.h"
#include "tests/memory/bed.h"

namespace yoke {
namespace {

constexpr int kEntries = 60;

struct Seen {
  int whole = 0;   // searches that found an entry as it was written
  int broken = 0;  // a text that nobody wrote
  int writing = 3;
};

awaitable<void> write_all(Memory& memory, std::string place, Seen& seen) {
  for (int i = 0; i < kEntries; ++i) {
    NewMemory entry =
        remember(place, "k" + std::to_string(i % 20), "value " + place + " " + std::to_string(i));
    const Result<SavedMemory> saved = co_await memory.save(std::move(entry));
    if (!saved) throw std::runtime_error(saved.error().message());
    if (i % 10 != 9) continue;
    Forgetting forgetting;
    forgetting.where.tenant = "local";
    forgetting.where.places = {place_of(place)};
    forgetting.key = "k3";
    const auto gone = co_await memory.forget(std::move(forgetting));
    if (!gone) throw std::runtime_error(gone.error().message());
  }
  --seen.writing;
}

awaitable<void> read_all(Memory& memory, std::string place, Seen& seen) {
  for (bool last = false; !last;) {  // as long as anybody writes, and once after that
    last = seen.writing == 0;
    MemoryQuery query = ask({place}, "value");
    const Result<MemoryFound> found = co_await memory.search(std::move(query));
    if (!found) throw std::runtime_error(found.error().message());
    for (const MemoryHit& hit : found->hits) {
      const bool whole = hit.entry.text.starts_with("value " + place + " ");
      (whole ? seen.whole : seen.broken) += 1;
    }
  }
}

awaitable<bool> all_at_once(Memory& memory, Seen& seen) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup group(executor);
  for (const char* place : {"user:ann", "user:bob", "shared"}) {
    group.spawn(write_all(memory, place, seen));
    group.spawn(read_all(memory, place, seen));
  }
  co_await group.join();
  co_return true;
}

TEST_CASE("those who write and those who search at once see whole entries of their own places") {
  MemoryBed bed;
  Seen seen;
  CHECK(bed.wait(all_at_once(*bed.memory, seen)));
  CHECK(seen.broken == 0);
  CHECK(seen.whole > 0);
  MemoryListing listing;
  listing.where.tenant = "local";
  listing.limit = 1'000;
  CHECK(bed.wait(bed.memory->list(listing))->size() == 3 * 19);  // k3 was forgotten last
  bed.reopen();
  CHECK(bed.wait(bed.memory->list(listing))->size() == 3 * 19);
}

TEST_CASE("a search that is given up does no harm to those after it") {
  MemoryBed bed;
  bed.save(remember("shared", "k", "Still here."));
  {
    asio::io_context io{1};
    asio::co_spawn(io, bed.memory->search(ask({"shared"}, "here")),
                   [](std::exception_ptr, Result<MemoryFound>) {});
    io.poll();  // and the loop is gone before the answer
  }
  CHECK(bed.texts(ask({"shared"}, "here")).size() == 1);
}

}  // namespace
}  // namespace yoke
