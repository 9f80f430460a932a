#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "hosts/cli/options.h"

// `yoke store …`: the record as a whole, sealed, kept and moved. Where another process holds the
// store, it is asked to seal and to clear up.
namespace yoke {

// How long that may take: a first root is over every run there is.
inline constexpr std::chrono::seconds kRecordPatience{600};

struct StoreVerb {
  std::string file;
  std::string tenant = "local";
  std::string vault;  // keygen: the name of the secret
  bool with_runs = false;
};

// What `yoke runs verify` is told beside the run.
struct VerifyVerb {
  std::string id;
  std::vector<std::string> roots = {};  // files
  std::vector<std::string> keys = {};   // "ed25519:…" or files
  std::string file = {};                // an exported journal, instead of the store
};

int store_seal(const CommonOptions& common);
int store_roots(const CommonOptions& common, const StoreVerb& verb);
int store_root(const CommonOptions& common, const StoreVerb& verb);
int store_keygen(const CommonOptions& common, const StoreVerb& verb);
int store_export(const CommonOptions& common, const StoreVerb& verb);
int store_import(const CommonOptions& common, const StoreVerb& verb);
int store_backup(const CommonOptions& common, const StoreVerb& verb);
int store_gc(const CommonOptions& common);

// Adds them to the command line; what is chosen is put into `chosen`.
void add_store(CLI::App& root, CommonOptions& common, StoreVerb& verb,
               std::function<int()>& chosen);
// backup, gc, export and import, below `store`.
void add_store_move(CLI::App& store, CommonOptions& common, StoreVerb& verb,
                    std::function<int()>& chosen);
void add_verify(CLI::App& runs, CommonOptions& common, VerifyVerb& verb,
                std::function<int()>& chosen);

}  // namespace yoke
