#include "sandbox/heap.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace yoke::sandbox {

namespace {

// Under the sanitizer every block is malloc's, so that it sees each one's bounds.
#ifdef __SANITIZE_ADDRESS__
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif

// The header's highest bit says that the block is part of a slab; no state makes so many objects.
constexpr std::uint64_t kInSlab = std::uint64_t{1} << 63;

std::uint64_t header_of(const void* block) {
  std::uint64_t header = 0;
  std::memcpy(&header, static_cast<const char*>(block) - Heap::kHeaderBytes, sizeof header);
  return header;
}

void* with_header(char* raw, std::uint64_t header) {
  std::memcpy(raw, &header, sizeof header);
  return raw + Heap::kHeaderBytes;
}

char* raw_of(void* block) { return static_cast<char*>(block) - Heap::kHeaderBytes; }

}  // namespace

std::uint64_t Heap::age_of(const void* block) { return header_of(block) & ~kInSlab; }

char* Heap::cut(std::size_t grains) {
  if (free_[grains] != nullptr) {
    Free* const block = free_[grains];
    free_[grains] = block->next;
    return reinterpret_cast<char*>(block);
  }
  const std::size_t bytes = grains * kGrainBytes;
  if (static_cast<std::size_t>(end_ - begin_) < bytes) {
    if (slabs_.size() == kSlabsMax) return nullptr;
    auto slab = std::unique_ptr<char[]>(new (std::nothrow) char[kSlabBytes]);
    if (slab == nullptr) return nullptr;
    begin_ = slab.get();
    end_ = begin_ + kSlabBytes;
    slabs_.push_back(std::move(slab));
  }
  char* const block = begin_;
  begin_ += bytes;
  return block;
}

void* Heap::allocate(std::size_t bytes, std::uint64_t age) {
  const std::size_t wanted = bytes + kHeaderBytes;
  if (kPooled && wanted <= kPooledBytesMax) {
    char* const raw = cut((wanted + kGrainBytes - 1) / kGrainBytes);
    if (raw != nullptr) return with_header(raw, age | kInSlab);
  }
  auto* const raw = static_cast<char*>(std::malloc(wanted));
  return raw == nullptr ? nullptr : with_header(raw, age);
}

void* Heap::resize(void* block, std::size_t from, std::size_t to) {
  const std::uint64_t header = header_of(block);
  if ((header & kInSlab) == 0) {
    auto* const raw = static_cast<char*>(std::realloc(raw_of(block), to + kHeaderBytes));
    return raw == nullptr ? nullptr : raw + kHeaderBytes;
  }
  const std::size_t had = (from + kHeaderBytes + kGrainBytes - 1) / kGrainBytes;
  if ((to + kHeaderBytes + kGrainBytes - 1) / kGrainBytes == had) return block;
  void* const moved = allocate(to, header & ~kInSlab);
  if (moved == nullptr) return to < from ? block : nullptr;  // it is as good as a smaller one
  std::memcpy(moved, block, std::min(from, to));
  release(block, from);
  return moved;
}

void Heap::release(void* block, std::size_t bytes) {
  if ((header_of(block) & kInSlab) == 0) {
    std::free(raw_of(block));
    return;
  }
  auto* const place = reinterpret_cast<Free*>(raw_of(block));
  Free*& list = free_[(bytes + kHeaderBytes + kGrainBytes - 1) / kGrainBytes];
  place->next = list;
  list = place;
}

}  // namespace yoke::sandbox
