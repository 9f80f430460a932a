#pragma once

#include <string>
#include <vector>

#include "agents/declarative/declarative_agent.h"
#include "tools/plugins/findings.h"
#include "tools/plugins/package.h"

namespace yoke {

// What is used here of a Microsoft 365 app's manifest.
struct AppManifest {
  std::string file;     // in its package
  std::string version;  // "1.29", "devPreview"
  std::string name;
  std::string description;
  std::vector<std::string> agent_files;  // of its declarative agents
  std::vector<SkillFolder> skills;       // that its agents may load
};

// Reads the document, whose texts are filled in already, and puts down what the format forbids in
// versions 1.0 to 1.29 (a developer preview is held against the newest) and what becomes of the
// rest. Files that it names are looked for in the package.
// Errors: invalid: no such manifest; unsupported: another major version. `only_told`: nothing is to
// be run of it, and a wrong version is a finding like others.
Result<AppManifest> read_app_manifest(const Json& document, const std::string& file,
                                      Package& package, PluginFindings& findings,
                                      bool only_told = false);

}  // namespace yoke
