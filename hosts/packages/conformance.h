#pragma once

#include "hosts/packages/capabilities.h"
#include "hosts/packages/read_package.h"

namespace yoke {

// What of a package is honoured here, honoured differently, or not.
struct ConformanceReport {
  std::string path;
  PackageDocument kind = PackageDocument::unknown;
  std::vector<std::string> contents;  // a line for each manifest in it
  PluginFindings findings;
};

// Reads and loads all that lies at `path`, calls nothing and fetches nothing. Errors: as of
// read_package().
Result<ConformanceReport> check_package(const std::string& path, ManifestWords words,
                                        const std::string& language, const PackageMeans& means);

}  // namespace yoke
