#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/declarative/declarative_agent.h"
#include "hosts/packages/app_manifest.h"
#include "tools/plugins/expand.h"
#include "tools/plugins/plugin_manifest.h"

namespace yoke {

// Where a plugin lies in a package.
struct PackagedPlugin {
  std::string id;          // of the action that names it; else its name space, or what it is called
  std::string name_space;  // as its manifest has it; may be empty
  std::string file;        // its manifest, or an OpenAPI document; of an inlined one the agent's
  std::string pointer;     // of an inlined one, in that file; else empty
  Json inlined = nullptr;  // the manifest, where it stands in the agent's
};

struct PackagedAgent {
  std::string file;
  DeclarativeAgent agent;
  std::vector<PackagedPlugin> plugins;  // whose manifests are there
};

// A package with its app's and its agents' manifests read. Its plugins, or the single plugin or
// OpenAPI document that it is, are for load_plugin().
struct ReadPackage {
  std::string path;                // as it was given
  std::shared_ptr<Package> files;  // shared with the tools that are made of it
  PackageDocument kind = PackageDocument::unknown;
  std::string entry;  // the file that it was read from
  std::optional<AppManifest> app;
  std::vector<PackagedAgent> agents;    // of the app; or the one
  std::vector<PackagedPlugin> plugins;  // of kinds plugin and openapi: the one
  ManifestWords words;                  // with those of its language
  PluginFindings findings;
};

// Reads what lies at `path`: a zip, a folder, or a manifest or OpenAPI document in one. Of a folder
// or zip the app manifest is taken, else the one declarative agent or plugin that lies at its top.
// Errors: those of Package; invalid: it is none of these, or its own manifest cannot be used;
// unsupported: a version that is not known.
// `only_told`: nothing of it is to be run, and a wrong name or version is a finding like others.
Result<ReadPackage> read_package(const std::string& path, ManifestWords words,
                                 const std::string& language = {}, bool only_told = false);

// The same of files that are at hand; `entry` as Package::entry() has it.
Result<ReadPackage> read_package_in(std::shared_ptr<Package> files, const std::string& entry,
                                    ManifestWords words, const std::string& language);

// Over the names and bytes of its files: changes when anything in it does. Errors: of Package.
Result<std::string> package_hash(Package& files);

std::string_view name_of(PackageDocument kind);  // "app manifest", "declarative agent" …

}  // namespace yoke
