#include "runtime/record/root_walk.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/record/signing_key.h"

namespace yoke {

std::string wrong_in_head(const CoveredHead& head) {
  const std::string until = "event " + std::to_string(head.seq);
  if (!head.found) {
    return until + " is gone, which root " + std::to_string(head.n) +
           " covers: the run, or the end of its journal, was removed";
  }
  if (*head.found != head.hash) {
    return "it was rewritten up to " + until + ": root " + std::to_string(head.n) +
           " covers another hash there";
  }
  return {};
}

void RootWalk::find(const AuditRoot& root, std::string what, std::string run_id) {
  report.findings.push_back({std::move(run_id), root.tenant, root.n, std::move(what)});
}

void RootWalk::take(const AuditRoot& root) {
  const auto before = newest_.find(root.tenant);
  const std::string wrong =
      wrong_in_root(root, before == newest_.end() ? nullptr : &before->second);
  if (!wrong.empty()) find(root, wrong);
  check_signature(root);
  for (const RootFile& file : wanted_.exported) {
    if (file.root.tenant == root.tenant && file.root.n == root.n) {
      here_[{root.tenant, root.n}] = root.root;
    }
  }
  newest_[root.tenant] = root;
  ++report.roots;
}

void RootWalk::take_heads(const AuditRoot& root, const std::vector<CoveredHead>& heads) {
  if (merkle_root(std::vector<RunHead>(heads.begin(), heads.end())) == root.heads) return;
  find(root, "the heads that are kept for it are not those it was made over");
}

void RootWalk::take_head(const AuditRoot& root, const CoveredHead& head) {
  const std::string wrong = wrong_in_head(head);
  if (!wrong.empty()) find(root, wrong, head.run_id);
  ++report.heads;
}

void RootWalk::end(const std::string& store) {
  if (!wanted_.keys.empty()) {
    for (const auto& [tenant, root] : newest_) check_newest(root);
  }
  check_tenants();
  for (const RootFile& file : wanted_.exported) check_exported(file.root, store);
}

void RootWalk::take_exported(const RootFile& file, const RunHead& head,
                             const std::optional<Hash>& found) {
  CoveredHead covered;
  static_cast<RunHead&>(covered) = head;
  covered.n = file.root.n;
  covered.found = found;
  const std::string wrong = wrong_in_head(covered);
  if (!wrong.empty()) find(file.root, wrong + " (as it was exported)", head.run_id);
}

bool RootWalk::is_here(const AuditRoot& exported) const {
  const auto here = here_.find({exported.tenant, exported.n});
  return here != here_.end() && here->second == exported.root;
}

bool RootWalk::is_known(const std::string& key) const {
  return std::find(wanted_.keys.begin(), wanted_.keys.end(), key) != wanted_.keys.end();
}

void RootWalk::check_signature(const AuditRoot& root) {
  if (root.key.empty()) {
    ++report.unsigned_;
    const auto earlier = signed_.find(root.tenant);
    if (!wanted_.keys.empty() && earlier != signed_.end()) {
      find(root, "nobody signed it, though root " + std::to_string(earlier->second) +
                     " before it is signed: it may have been made anew");
    }
    return;
  }
  signed_[root.tenant] = root.n;
  if (!is_signed(root)) return find(root, "its signature is not by the key it names");
  if (!wanted_.keys.empty() && !is_known(root.key)) {
    find(root, "it is signed by another key, " + key_text(root.key) +
                   ": name that one too (--key, [record] public_keys) if it is yours");
  }
}

// What came before the first signed one is covered by that.
void RootWalk::check_newest(const AuditRoot& root) {
  if (signed_.contains(root.tenant)) return;
  find(root,
       "no root up to this one is signed, though a key is named; make one that is with: yoke "
       "store seal");
}

// Whoever can remove one root can remove them all.
void RootWalk::check_tenants() {
  for (const std::string& tenant : wanted_.sealed_tenants) {
    if (newest_.contains(tenant)) continue;
    AuditRoot none;
    none.tenant = tenant;
    find(none,
         "it has runs and no root, though a key is named: it was never sealed (yoke store seal "
         "does it), or its roots were removed");
  }
}

void RootWalk::check_exported(const AuditRoot& root, const std::string& store) {
  if (root.store != store) {
    return find(root, "the exported root is of another store, " + printable(root.store) +
                          "; this one is " + printable(store));
  }
  if (!wanted_.keys.empty() && !is_known(root.key)) {
    return find(root, root.key.empty()
                          ? "nobody signed the exported root, though a key is named"
                          : "the exported root is signed by another key, " + key_text(root.key));
  }
  if (!here_.contains({root.tenant, root.n})) {
    const auto newest = newest_.find(root.tenant);
    return find(root, "the exported root is not here: the roots of this store end at " +
                          std::to_string(newest == newest_.end() ? 0 : newest->second.n) +
                          "; it is an older copy, or its roots were removed");
  }
  if (is_here(root)) return;
  const bool names_runs = std::any_of(
      wanted_.exported.begin(), wanted_.exported.end(),
      [&](const RootFile& file) { return file.root.root == root.root && !file.heads.empty(); });
  find(root, std::string("the exported root is not the one here: a run that it or an earlier root "
                         "covers was rewritten, and the roots with it") +
                 (names_runs ? "" : "; a root exported with --with-runs names the run"));
}

}  // namespace yoke
