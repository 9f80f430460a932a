#include "runtime/record/root_check.h"

#include <algorithm>
#include <map>

#include "runtime/base/text.h"
#include "runtime/record/signing_key.h"

namespace yoke {
namespace {

constexpr int kRootsAtOnce = 256;

// What is wrong with a head that a root covers; empty: nothing.
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

class RootChecker {
 public:
  RootChecker(StoreKeeper& keeper, RootsWanted wanted)
      : keeper_(keeper), wanted_(std::move(wanted)) {}

  awaitable<RootReport> check() {
    const std::string store = co_await keeper_.store_id();
    const std::vector<std::string> tenants = co_await keeper_.tenants_with_roots();
    for (const std::string& tenant : tenants) co_await check_tenant(tenant);
    for (const RootFile& file : wanted_.exported) {
      check_exported(file, store);
      co_await check_covered(file);
    }
    co_return std::move(report_);
  }

 private:
  void find(const AuditRoot& root, std::string what, std::string run_id = {}) {
    report_.findings.push_back({std::move(run_id), root.tenant, root.n, std::move(what)});
  }

  awaitable<void> check_tenant(std::string tenant) {
    std::optional<AuditRoot> before;
    while (true) {
      const std::int64_t after = before ? before->n : 0;
      const std::vector<AuditRoot> page = co_await keeper_.roots(tenant, after, kRootsAtOnce);
      for (const AuditRoot& root : page) {
        const std::string wrong = wrong_in_root(root, before ? &*before : nullptr);
        if (!wrong.empty()) find(root, wrong);
        check_signature(root);
        co_await check_heads(root);
        note(root);
        before = root;
        ++report_.roots;
      }
      if (page.size() < kRootsAtOnce) break;
    }
    if (before) check_newest(*before);
  }

  bool is_known(const std::string& key) const {
    return std::find(wanted_.keys.begin(), wanted_.keys.end(), key) != wanted_.keys.end();
  }

  void check_signature(const AuditRoot& root) {
    if (root.key.empty()) {
      ++report_.unsigned_;
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
  void check_newest(const AuditRoot& root) {
    if (wanted_.keys.empty() || signed_.contains(root.tenant)) return;
    find(root,
         "no root up to this one is signed, though a key is named; make one that is with: yoke "
         "store seal");
  }

  awaitable<void> check_heads(AuditRoot root) {
    const std::vector<CoveredHead> heads = co_await keeper_.heads_of_root(root.tenant, root.n);
    for (const CoveredHead& head : heads) {
      const std::string wrong = wrong_in_head(head);
      if (!wrong.empty()) find(root, wrong, head.run_id);
    }
    report_.heads += static_cast<std::int64_t>(heads.size());
    if (merkle_root(std::vector<RunHead>(heads.begin(), heads.end())) != root.heads) {
      find(root, "the heads that are kept for it are not those it was made over");
    }
  }

  void note(const AuditRoot& root) {
    for (const RootFile& file : wanted_.exported) {
      if (file.root.tenant != root.tenant) continue;
      newest_[root.tenant] = root.n;
      if (file.root.n == root.n) here_[{root.tenant, root.n}] = root.root;
    }
  }

  void check_exported(const RootFile& file, const std::string& store) {
    const AuditRoot& root = file.root;
    if (root.store != store) {
      return find(root, "the exported root is of another store, " + printable(root.store) +
                            "; this one is " + store);
    }
    if (!wanted_.keys.empty() && !is_known(root.key)) {
      return find(root, root.key.empty()
                            ? "nobody signed the exported root, though a key is named"
                            : "the exported root is signed by another key, " + key_text(root.key));
    }
    const auto here = here_.find({root.tenant, root.n});
    if (here == here_.end()) {
      return find(root, "the exported root is not here: the roots of this store end at " +
                            std::to_string(newest_[root.tenant]) +
                            "; it is an older copy, or its roots were removed");
    }
    if (here->second != root.root) {
      find(root,
           "the exported root is not the one here: a run that it or an earlier root covers was "
           "rewritten, and the roots with it" +
               std::string(file.heads.empty() ? "; a root exported with --with-runs names the run"
                                              : ""));
    }
  }

  // The run itself is held against what was exported, whatever the store says its heads were.
  awaitable<void> check_covered(RootFile file) {
    for (const RunHead& head : file.heads) {
      const std::optional<Hash> found = co_await keeper_.hash_at(head.run_id, head.seq);
      CoveredHead sealed;
      static_cast<RunHead&>(sealed) = head;
      sealed.n = file.root.n;
      sealed.found = found;
      const std::string wrong = wrong_in_head(sealed);
      if (!wrong.empty()) find(file.root, wrong + " (as it was exported)", head.run_id);
    }
  }

  StoreKeeper& keeper_;
  RootsWanted wanted_;
  RootReport report_;
  std::map<std::pair<std::string, std::int64_t>, Hash> here_;  // of those that were exported
  std::map<std::string, std::int64_t> newest_;
  std::map<std::string, std::int64_t> signed_;  // the newest root so far that somebody signed
};

}  // namespace

awaitable<RootReport> check_roots(StoreKeeper& keeper, RootsWanted wanted) {
  RootChecker checker(keeper, std::move(wanted));
  auto checking = checker.check();
  co_return co_await std::move(checking);
}

awaitable<RootReport> check_roots_of_run(StoreKeeper& keeper, std::string run_id) {
  RootReport report;
  const std::vector<CoveredHead> heads = co_await keeper.heads_of_run(run_id);
  for (const CoveredHead& head : heads) {
    const std::string wrong = wrong_in_head(head);
    if (!wrong.empty()) report.findings.push_back({run_id, {}, head.n, wrong});
  }
  report.heads = report.roots = static_cast<std::int64_t>(heads.size());
  co_return report;
}

awaitable<Result<std::vector<AuditRoot>>> seal_all(StoreKeeper& keeper, const RootSigner* signer) {
  std::vector<AuditRoot> made;
  while (true) {
    Result<std::optional<AuditRoot>> root = co_await keeper.seal(signer);
    if (!root) co_return root.error();
    if (!*root) co_return made;
    made.push_back(std::move(**root));
  }
}

awaitable<Result<RootFile>> newest_root(StoreKeeper& keeper, std::string tenant, bool with_heads) {
  RootFile file;
  std::map<std::string, RunHead> heads;
  while (true) {
    const std::vector<AuditRoot> page = co_await keeper.roots(tenant, file.root.n, kRootsAtOnce);
    for (const AuditRoot& root : page) {
      file.root = root;
      if (!with_heads) continue;
      const std::vector<CoveredHead> covered = co_await keeper.heads_of_root(tenant, root.n);
      for (const CoveredHead& head : covered) heads[head.run_id] = head;
    }
    if (page.size() < kRootsAtOnce) break;
  }
  if (file.root.n == 0) {
    co_return Error{Errc::not_found, "there is no root of tenant '" + printable(tenant) +
                                         "' yet; make one with: yoke store seal"};
  }
  for (auto& [run_id, head] : heads) file.heads.push_back(std::move(head));
  co_return file;
}

}  // namespace yoke
