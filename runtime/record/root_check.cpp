#include "runtime/record/root_check.h"

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/text.h"
#include "runtime/record/root_walk.h"

namespace yoke {
namespace {

constexpr int kRootsAtOnce = 256;

class RootChecker {
 public:
  RootChecker(StoreKeeper& keeper, RootsWanted wanted)
      : keeper_(keeper), walk_(std::move(wanted)) {}

  awaitable<RootReport> check() {
    const std::string store = co_await keeper_.store_id();
    const std::vector<std::string> tenants = co_await keeper_.tenants_with_roots();
    const std::string every_run;
    for (const std::string& tenant : tenants) co_await check_tenant(tenant, every_run);
    walk_.end(store);
    for (const RootFile& file : walk_.wanted().exported) co_await check_covered(file);
    co_return std::move(walk_.report);
  }

  awaitable<RootReport> check_run(std::string run_id, std::string tenant) {
    const std::string store = co_await keeper_.store_id();
    co_await check_tenant(tenant, run_id);
    walk_.end(store);
    walk_.report.roots = walk_.report.heads;  // each covers the run once
    const std::vector<std::string>& sealed = walk_.wanted().sealed_tenants;
    const bool must = std::find(sealed.begin(), sealed.end(), tenant) != sealed.end();
    if (must && walk_.report.findings.empty() && walk_.report.heads == 0) {
      AuditRoot none;
      none.tenant = tenant;
      walk_.find(none, "no root covers it, though a key is named: seal the store (yoke store seal)",
                 run_id);
    }
    co_return std::move(walk_.report);
  }

 private:
  // With a run: what covers that one.
  awaitable<void> check_tenant(std::string tenant, std::string run_id) {
    std::set<std::int64_t> covering;
    if (!run_id.empty()) {
      const std::vector<CoveredHead> heads = co_await keeper_.heads_of_run(run_id);
      for (const CoveredHead& head : heads) covering.insert(head.n);
    }
    std::int64_t after = 0;
    while (true) {
      const std::vector<AuditRoot> page = co_await keeper_.roots(tenant, after, kRootsAtOnce);
      for (const AuditRoot& root : page) {
        walk_.take(root);
        if (run_id.empty() || covering.contains(root.n)) co_await check_heads(root, run_id);
        covering.erase(root.n);
        after = root.n;
      }
      if (page.size() < kRootsAtOnce) break;
    }
    for (const std::int64_t n : covering) {
      AuditRoot gone;
      gone.tenant = tenant;
      gone.n = n;
      walk_.find(gone, "root " + std::to_string(n) + " is gone, which covered it", run_id);
    }
  }

  awaitable<void> check_heads(AuditRoot root, std::string run_id) {
    const std::vector<CoveredHead> heads = co_await keeper_.heads_of_root(root.tenant, root.n);
    for (const CoveredHead& head : heads) {
      if (run_id.empty() || head.run_id == run_id) walk_.take_head(root, head);
    }
    walk_.take_heads(root, heads);
  }

  // The run itself is held against what was exported, whatever the store says its heads were.
  awaitable<void> check_covered(RootFile file) {
    for (const RunHead& head : file.heads) {
      const std::optional<Hash> found = co_await keeper_.hash_at(head.run_id, head.seq);
      walk_.take_exported(file, head, found);
    }
  }

  StoreKeeper& keeper_;
  RootWalk walk_;
};

}  // namespace

awaitable<RootReport> check_roots(StoreKeeper& keeper, RootsWanted wanted) {
  RootChecker checker(keeper, std::move(wanted));
  auto checking = checker.check();
  co_return co_await std::move(checking);
}

awaitable<RootReport> check_roots_of_run(StoreKeeper& keeper, std::string run_id,
                                         std::string tenant, RootsWanted wanted) {
  RootChecker checker(keeper, std::move(wanted));
  auto checking = checker.check_run(std::move(run_id), std::move(tenant));
  co_return co_await std::move(checking);
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
