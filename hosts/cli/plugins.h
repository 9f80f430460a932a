#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "hosts/cli/options.h"
#include "runtime/base/result.h"

// `yoke plugins …`: plugins and packages that others made.
namespace yoke {

struct PluginsVerb {
  std::string path;              // check, add, grant; add takes an address, grant a name too
  std::string name;              // show, remove; add: what it is to be called
  bool strict = false;           // check
  bool force = false;            // add: replace what is there
  bool yes = false;              // add, remove: do not ask first
  bool grant_keys = false;       // add: shared keys may be shown to whom it names
  std::string language;          // check, add
  std::vector<std::string> env;  // check, add: NAME=VALUE
  std::string agent;             // export, and all below
  std::string target = "m365";
  std::string output;
  std::string url;
  std::string api = "openapi";
  std::string developer;
  std::string website;
  std::string privacy;
  std::string terms;
  std::string key_id;
  std::string app_version = "1.0.0";
  std::vector<std::string> starters;
};

class Project;
struct PluginListing;
// Of yoke.toml. Errors: invalid, with the nearest name.
Result<const PluginListing*> find_plugin(const Project& project, const std::string& name);

int plugins_check(const CommonOptions& common, const PluginsVerb& verb);
int plugins_add(const CommonOptions& common, const PluginsVerb& verb);
int plugins_list(const CommonOptions& common, const PluginsVerb& verb);
int plugins_show(const CommonOptions& common, const PluginsVerb& verb);
int plugins_remove(const CommonOptions& common, const PluginsVerb& verb);
int plugins_grant(const CommonOptions& common, const PluginsVerb& verb);
int plugins_export(const CommonOptions& common, const PluginsVerb& verb);

// Adds them to the command line; what is chosen is put into `chosen`. Gives `yoke plugins`, to
// which others add theirs.
CLI::App* add_plugins(CLI::App& root, CommonOptions& common, PluginsVerb& verb,
                      std::function<int()>& chosen);

}  // namespace yoke
