#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "runtime/record/root_check.h"

// Roots and what they cover, as a store or a file has them, held against what they are to be like.
// Pure; private to runtime/record.
namespace yoke {

// What is wrong with a head that a root covers; empty: nothing.
std::string wrong_in_head(const CoveredHead& head);

class RootWalk {
 public:
  explicit RootWalk(RootsWanted wanted) : wanted_(std::move(wanted)) {}

  // The roots of each tenant in their order.
  void take(const AuditRoot& root);
  // All heads that are kept for it.
  void take_heads(const AuditRoot& root, const std::vector<CoveredHead>& heads);
  // One of them.
  void take_head(const AuditRoot& root, const CoveredHead& head);
  // After the last root. `store`: the id of where they are from.
  void end(const std::string& store);
  // After that: how far a run had come when the root was exported, whatever is said of it here.
  void take_exported(const RootFile& file, const RunHead& head, const std::optional<Hash>& found);

  void find(const AuditRoot& root, std::string what, std::string run_id = {});
  const RootsWanted& wanted() const { return wanted_; }
  // Whether the exported root is among those that were taken, as it was exported.
  bool is_here(const AuditRoot& exported) const;

  RootReport report;

 private:
  bool is_known(const std::string& key) const;
  void check_signature(const AuditRoot& root);
  void check_newest(const AuditRoot& root);
  void check_tenants();
  void check_exported(const AuditRoot& root, const std::string& store);

  RootsWanted wanted_;
  std::map<std::pair<std::string, std::int64_t>, Hash> here_;  // of those that were exported
  std::map<std::string, AuditRoot> newest_;
  std::map<std::string, std::int64_t> signed_;  // the newest root so far that somebody signed
};

}  // namespace yoke
