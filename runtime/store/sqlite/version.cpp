#include <sqlite3.h>

#include "runtime/store/sqlite_version.h"

namespace yoke {

std::string sqlite_version() { return sqlite3_libversion(); }
int sqlite_version_number() { return sqlite3_libversion_number(); }

}  // namespace yoke
