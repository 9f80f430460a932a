#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "hosts/cli/options.h"

// `yoke secrets …`: what tools, plugins and backends show to others, put into the vault by name.
namespace yoke {

struct SecretsVerb {
  std::string name;
  std::string tenant = "local";
};

int secrets_set(const CommonOptions& common, const SecretsVerb& verb);
int secrets_list(const CommonOptions& common);
int secrets_remove(const CommonOptions& common, const SecretsVerb& verb);

// Adds them to the command line; what is chosen is put into `chosen`.
void add_secrets(CLI::App& root, CommonOptions& common, SecretsVerb& verb,
                 std::function<int()>& chosen);

}  // namespace yoke
