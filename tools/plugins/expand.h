#pragma once

#include <map>
#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "tools/plugins/findings.h"
#include "tools/plugins/package.h"

namespace yoke {

// What the texts of manifests may leave to be filled in.
struct ManifestWords {
  std::map<std::string, std::string> environment = {};  // ${{NAME}}
  std::map<std::string, std::string> localised = {};    // [[key]]
};

// A JSON or YAML free text of a package as it is read: without a byte-order mark.
std::string_view without_bom(std::string_view text);

// The JSON document `file` of the package with, in each of its texts (not in names of members):
//   ${{NAME}}         the value that `words` has; where it has none it stays, with a finding
//   $[file('a.txt')]  the text of that file of the package, named relative to `file`; its own
//                     ${{NAME}} are filled in, its own $[…] are not
//   [[key]]           as a whole text: the localised one
// Errors: those of the package and of parse_json; too_large: the texts grow beyond 4 MiB.
Result<Json> read_manifest(Package& package, const std::string& file, const ManifestWords& words,
                           PluginFindings& findings);

// What the app manifest's `localizationInfo` says for `language` ("fr-fr"; empty: its default
// language), by key; where a language lacks a key, the default language's.
std::map<std::string, std::string> read_localisation(Package& package, const Json& app_manifest,
                                                     std::string_view language,
                                                     PluginFindings& findings);

}  // namespace yoke
