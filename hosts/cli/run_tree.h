#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/journal/run_state.h"
#include "runtime/store/store.h"

// A run and the runs that its calls started, as one tree.
namespace yoke {

struct RunTree {
  RunRow row;
  std::string call;  // of the run above it; empty at the top
  std::vector<Event> events;
  RunState state;
  std::string untold;  // why no more is known of it than its row; its events are then left out
  std::vector<RunTree> children;  // in the order in which they were started
};

// Reads the run's journal and those of all below it. A child that cannot be read is in the tree,
// untold. Errors: the run itself cannot be read.
// Limits: kTreeRunsMax runs; what is below more of them is untold.
inline constexpr int kTreeRunsMax = 1000;
awaitable<Result<RunTree>> read_run_tree(Store& store, RunRow row);

// What was spent by a run, or by it and all below it.
struct RunSums {
  std::int64_t runs = 0;
  std::int64_t steps = 0;
  std::int64_t tokens = 0;
  NanoUsd cost = 0;
  bool priced = true;  // false: a model that was called had no known price

  RunSums& operator+=(const RunSums& other);
};
RunSums own_sums(const RunTree& tree);
RunSums sums_of(const RunTree& tree);
Json to_json(const RunSums& sums);

// A place in the tree of one run: an event, or a call with what happened in it and what it called,
// in the journal's order.
struct TreeNode {
  const Event* event = nullptr;  // of the tree; null: a call, or a step of a plan
  std::string call;
  std::string step;  // of the plan that the call carries out
  std::vector<TreeNode> under;
};
// The top of it. Borrows the tree.
std::vector<TreeNode> nodes_of(const RunTree& tree);

// The run that a call started; null: it started none.
const RunTree* child_of(const RunTree& tree, const std::string& call);
// What a node's own model call and the runs below it have cost.
RunSums sums_of(const RunTree& tree, const TreeNode& node);

}  // namespace yoke
