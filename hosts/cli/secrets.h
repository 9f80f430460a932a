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
  // Where the vault's key is to be; none of them: where it is.
  bool in_keyring = false;
  bool in_file = false;
  bool in_environment = false;
  bool forget = false;  // the key that it had
};

int secrets_set(const CommonOptions& common, const SecretsVerb& verb);
int secrets_list(const CommonOptions& common);
int secrets_remove(const CommonOptions& common, const SecretsVerb& verb);
int secrets_rekey(const CommonOptions& common, const SecretsVerb& verb);

// Adds them to the command line; what is chosen is put into `chosen`.
void add_secrets(CLI::App& root, CommonOptions& common, SecretsVerb& verb,
                 std::function<int()>& chosen);

}  // namespace yoke
