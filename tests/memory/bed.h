#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/id.h"
#include "runtime/memory/sqlite_memory.h"

namespace yoke {

// Time that a test sets.
class SetClock final : public WallClock {
 public:
  Micros now() override { return now_; }
  Micros now_ = 1'700'000'000'000'000;
};

// Vectors that a test chose: by the text they are of. Others fail as a vendor's would.
class ChosenVectors final : public Embedder {
 public:
  std::map<std::string, std::vector<float>> vectors;
  std::string target = "lab/chosen";
  std::vector<EmbedRequest> asked;

  awaitable<EmbedOutcome> embed(EmbedRequest request, Deadline deadline) override;
};

// A memory in a folder of its own, and a loop to wait on.
class MemoryBed {
 public:
  explicit MemoryBed(MemoryOptions options = {}, bool on_disk = true);
  ~MemoryBed();

  // Frees the memory and opens it anew over the same file.
  void reopen();

  template <class T>
  T wait(awaitable<T> work) {
    std::optional<T> value;
    std::exception_ptr thrown;
    asio::co_spawn(io, std::move(work), [&](std::exception_ptr failure, T done) {
      thrown = failure;
      if (!failure) value.emplace(std::move(done));
    });
    io.restart();
    io.run();
    if (thrown) std::rethrow_exception(thrown);
    return std::move(*value);
  }

  SavedMemory save(NewMemory entry);
  std::vector<std::string> texts(MemoryQuery query);  // of what is found, the nearest first
  // Whether the bytes are anywhere in the memory's files.
  bool file_holds(const std::string& bytes) const;

  const std::string folder;
  asio::io_context io{1};
  SetClock clock;
  SeededRandom random{7};
  ChosenVectors vectors;
  MemoryOptions options;
  std::unique_ptr<SqliteMemory> memory;
};

// "user:ann" … of the tenant "local", as tests write it.
NewMemory remember(const std::string& place, const std::string& key, const std::string& text);
MemoryPlace place_of(const std::string& text);
MemoryQuery ask(const std::vector<std::string>& places, const std::string& text);

}  // namespace yoke
