#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/hash.h"
#include "runtime/base/time.h"

// Roots: what the chains of all runs of a tenant came to at one moment, in one hash. Whoever keeps
// one elsewhere can tell later whether a run it covers was rewritten, hashes and all. Pure.
namespace yoke {

// How far a run had come: its event `seq` has this hash.
struct RunHead {
  std::string run_id;
  std::int64_t seq = 0;
  Hash hash{};

  bool operator==(const RunHead&) const = default;
};

// One root. It covers the heads that changed since the one before it, and through `prev` all
// earlier ones.
struct AuditRoot {
  std::string store;   // the id of the store it was made in
  std::string tenant;  // whose runs
  std::int64_t n = 0;  // 1, 2 … for each tenant
  Micros at = 0;
  std::int64_t runs = 0;       // how many heads changed
  Hash heads{};                // merkle_root() of those
  Hash prev{};                 // the root before it; of the first: start_of_roots()
  Hash root{};                 // root_hash()
  std::string key = {};        // the Ed25519 key that signed it, 32 bytes; empty: nobody did
  std::string signature = {};  // over `root`

  bool operator==(const AuditRoot&) const = default;
};

// The Merkle tree over heads in the order of their run ids: leaves and nodes hash apart, and a node
// without a neighbour goes up as it is.
Hash merkle_root(std::vector<RunHead> heads);

// One step from a head up to the tree's root: the neighbour, and on which side it is.
struct MerkleStep {
  bool left = false;
  Hash hash{};

  bool operator==(const MerkleStep&) const = default;
};
// From the head of this run, which is among them, to merkle_root(); proves that it was there.
std::vector<MerkleStep> merkle_path(std::vector<RunHead> heads, const std::string& run_id);
Hash merkle_climb(const RunHead& head, const std::vector<MerkleStep>& path);

// What the first root of a tenant's follows: roots of two stores have nothing in common.
Hash start_of_roots(const std::string& store, const std::string& tenant);

// SHA-256 over store, tenant, n, at, runs, heads and prev.
Hash root_hash(const AuditRoot& root);

// What is wrong with a root by itself and after the one before it (null for the first); empty:
// nothing. Says nothing of signatures.
std::string wrong_in_root(const AuditRoot& root, const AuditRoot* before);

// Whoever signs roots. Outlives its calls; safe on the store's thread.
class RootSigner {
 public:
  virtual ~RootSigner() = default;
  virtual std::string key() const = 0;  // as AuditRoot::key
  virtual std::string sign(const Hash& root) const = 0;
};

}  // namespace yoke
