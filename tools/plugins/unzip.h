#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tools/plugins/package.h"

namespace yoke {

// The files of a zip, by name; its folders are left out. Errors: as of Package::open.
Result<std::map<std::string, std::string>> unzip(std::string bytes, const PackageLimits& limits);

// Errors: denied: no file of a package may have that name.
Result<void> require_package_name(std::string_view name);

}  // namespace yoke
