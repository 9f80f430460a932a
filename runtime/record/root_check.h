#pragma once

#include <string>
#include <vector>

#include "runtime/record/root_file.h"
#include "runtime/store/keeper.h"

// A store held against the roots in it, and against roots that somebody kept elsewhere.
namespace yoke {

// What is wrong, and with what: a run, or a root.
struct RootFinding {
  std::string run_id = {};  // empty: of the root itself
  std::string tenant = {};
  std::int64_t n = 0;  // the root
  std::string what;    // a sentence for people, without the above
};

struct RootReport {
  std::vector<RootFinding> findings;
  std::int64_t roots = 0;      // looked at
  std::int64_t heads = 0;      // of runs that they cover, held against the journals
  std::int64_t unsigned_ = 0;  // roots that nobody signed
};

// What the roots are to be like.
struct RootsWanted {
  // Public keys: no root is by another, and from the first signed one on all are signed.
  std::vector<std::string> keys = {};
  std::vector<RootFile> exported = {};
  // Tenants that have runs, and so a root where a key is named.
  std::vector<std::string> sealed_tenants = {};
};

// All roots of the store: their chain, hashes and signatures, each head that they cover against the
// journals, and the exported ones against those here.
awaitable<RootReport> check_roots(StoreKeeper& keeper, RootsWanted wanted);

// One run alone: the roots of its tenant by themselves, and those that cover it with all they were
// made over. Where its tenant is one of `wanted.sealed_tenants`, some root must cover it.
awaitable<RootReport> check_roots_of_run(StoreKeeper& keeper, std::string run_id,
                                         std::string tenant, RootsWanted wanted);

// Makes roots until all that changed is covered. Gives the roots.
awaitable<Result<std::vector<AuditRoot>>> seal_all(StoreKeeper& keeper, const RootSigner* signer);

// The newest root of a tenant for a file, with the newest heads of all runs up to it if asked.
// Errors: not_found (there is no root yet).
awaitable<Result<RootFile>> newest_root(StoreKeeper& keeper, std::string tenant, bool with_heads);

}  // namespace yoke
