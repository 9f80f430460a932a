#pragma once

#include <string>

namespace yoke {

// The SQLite library this program runs with: "3.40.1", 3040001.
std::string sqlite_version();
int sqlite_version_number();

}  // namespace yoke
