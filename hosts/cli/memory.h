#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "hosts/cli/options.h"

// `yoke memory …`: what agents remember, looked at and forgotten.
namespace yoke {

struct MemoryVerb {
  std::string text;   // search: the question; show, forget: the key or id
  std::string scope;  // "user", "user:ann"
  std::string tenant = "local";
  int limit = 0;  // 0: as many as the verb usually tells
  bool all = false;
  bool yes = false;
};

int memory_search(const CommonOptions& common, const MemoryVerb& verb);
int memory_list(const CommonOptions& common, const MemoryVerb& verb);
int memory_show(const CommonOptions& common, const MemoryVerb& verb);
int memory_forget(const CommonOptions& common, const MemoryVerb& verb);
int memory_embed(const CommonOptions& common, const MemoryVerb& verb);

// Adds them to the command line; what is chosen is put into `chosen`.
void add_memory(CLI::App& root, CommonOptions& common, MemoryVerb& verb,
                std::function<int()>& chosen);

}  // namespace yoke
