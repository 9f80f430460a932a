#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace yoke::sandbox {

// The blocks of one Lua state. Most states live for a few hundred small blocks: those are cut from
// slabs, which go at once with the state; whatever is larger or comes later is from malloc.
//
// Ownership: its blocks, as far as they are in slabs; the state gives the others back itself.
// Limits:    kSlabsMax slabs, so that a block freed in one size class wastes at most those.
class Heap {
 public:
  // Before each block stands its age, which release() and resize() keep. Sizes are without it.
  static constexpr std::size_t kHeaderBytes = sizeof(std::uint64_t);

  Heap() = default;
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  void* allocate(std::size_t bytes, std::uint64_t age);  // null: no memory
  void* resize(void* block, std::size_t from, std::size_t to);
  void release(void* block, std::size_t bytes);

  static std::uint64_t age_of(const void* block);

 private:
  static constexpr std::size_t kGrainBytes = 16;
  static constexpr std::size_t kPooledBytesMax = 512;  // of a block with its header
  static constexpr std::size_t kSlabBytes = 16 * 1024;
  static constexpr std::size_t kSlabsMax = 16;

  struct Free {
    Free* next;
  };

  char* cut(std::size_t grains);  // null: no slab has room

  std::array<Free*, kPooledBytesMax / kGrainBytes + 1> free_{};  // by size in grains
  std::vector<std::unique_ptr<char[]>> slabs_;
  char* begin_ = nullptr;  // of what is not yet cut of the last slab
  char* end_ = nullptr;
};

}  // namespace yoke::sandbox
