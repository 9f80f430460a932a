#pragma once

#include "runtime/store/memory/memory_disk.h"

namespace yoke {

// The books of a memory disk, as the rules weigh them.
class MemoryBooks final : public store_rules::Books {
 public:
  explicit MemoryBooks(const MemoryDisk& disk) : disk_(disk) {}  // borrowed

  store_rules::KeptBudget budget(const BudgetKey& key) override { return disk_.budget(key); }
  bool is_open(const std::string& call_id) override {
    return disk_.tables().open_calls.contains(call_id);
  }
  std::int64_t held(const std::string& call_id, const BudgetKey& key) override;

 private:
  const MemoryDisk& disk_;
};

}  // namespace yoke
