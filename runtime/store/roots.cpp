#include "runtime/store/roots.h"

#include <algorithm>
#include <tuple>

namespace yoke {
namespace {

// Keeps the uses of the hash apart, from each other and from those of chain.cpp.
constexpr std::string_view kLeafTag = "yoke.root.leaf.1";
constexpr std::string_view kNodeTag = "yoke.root.node.1";
constexpr std::string_view kFirstTag = "yoke.root.start.1";
constexpr std::string_view kRootTag = "yoke.root.1";

Hash leaf_of(const RunHead& head) {
  Hasher hasher;
  hasher.field(kLeafTag).field(head.run_id).field(head.seq).field(head.hash);
  return hasher.finish();
}

Hash node_of(const Hash& left, const Hash& right) {
  Hasher hasher;
  hasher.field(kNodeTag).field(left).field(right);
  return hasher.finish();
}

void put_in_order(std::vector<RunHead>& heads) {
  std::sort(heads.begin(), heads.end(), [](const RunHead& a, const RunHead& b) {
    return std::tie(a.run_id, a.seq) < std::tie(b.run_id, b.seq);
  });
}

// The level above; `place` is followed up, and its neighbour is noted in `path`.
std::vector<Hash> level_above(const std::vector<Hash>& level, std::size_t& place,
                              std::vector<MerkleStep>& path) {
  std::vector<Hash> above;
  above.reserve((level.size() + 1) / 2);
  for (std::size_t i = 0; i + 1 < level.size(); i += 2) {
    above.push_back(node_of(level[i], level[i + 1]));
    if (place == i) path.push_back({false, level[i + 1]});
    if (place == i + 1) path.push_back({true, level[i]});
  }
  if (level.size() % 2 == 1) above.push_back(level.back());
  place /= 2;
  return above;
}

}  // namespace

Hash merkle_root(std::vector<RunHead> heads) {
  if (heads.empty()) return Hash{};
  put_in_order(heads);
  std::vector<Hash> level;
  level.reserve(heads.size());
  for (const RunHead& head : heads) level.push_back(leaf_of(head));
  std::size_t place = 0;
  std::vector<MerkleStep> path;
  while (level.size() > 1) level = level_above(level, place, path);
  return level.front();
}

std::vector<MerkleStep> merkle_path(std::vector<RunHead> heads, const std::string& run_id) {
  put_in_order(heads);
  std::vector<Hash> level;
  std::size_t place = heads.size();
  for (std::size_t i = 0; i < heads.size(); ++i) {
    if (heads[i].run_id == run_id) place = i;
    level.push_back(leaf_of(heads[i]));
  }
  std::vector<MerkleStep> path;
  while (level.size() > 1) level = level_above(level, place, path);
  return path;
}

Hash merkle_climb(const RunHead& head, const std::vector<MerkleStep>& path) {
  Hash hash = leaf_of(head);
  for (const MerkleStep& step : path) {
    hash = step.left ? node_of(step.hash, hash) : node_of(hash, step.hash);
  }
  return hash;
}

Hash start_of_roots(const std::string& store, const std::string& tenant) {
  Hasher hasher;
  hasher.field(kFirstTag).field(store).field(tenant);
  return hasher.finish();
}

Hash root_hash(const AuditRoot& root) {
  Hasher hasher;
  hasher.field(kRootTag).field(root.store).field(root.tenant).field(root.n).field(root.at);
  hasher.field(root.runs).field(root.heads).field(root.prev);
  return hasher.finish();
}

std::string wrong_in_root(const AuditRoot& root, const AuditRoot* before) {
  const std::int64_t follows = before == nullptr ? 0 : before->n;
  if (root.n != follows + 1) {
    return "root " + std::to_string(follows + 1) + " is missing: root " + std::to_string(root.n) +
           " follows root " + std::to_string(follows);
  }
  if (root_hash(root) != root.root) return "it does not match its own hash";
  const Hash& prev = before == nullptr ? start_of_roots(root.store, root.tenant) : before->root;
  if (root.prev != prev) {
    return before == nullptr ? "it is the first and does not begin with this store and tenant"
                             : "it does not continue root " + std::to_string(before->n);
  }
  return {};
}

}  // namespace yoke
