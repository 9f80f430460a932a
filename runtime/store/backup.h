#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/result.h"

namespace yoke {

struct StoreBackup {
  std::int64_t runs = 0;
  std::int64_t events = 0;
  std::int64_t bytes = 0;  // of the file and of those beside it
};

// Copies a store, as it is at one moment, while others read and write it: `to` is a store then, and
// "TO.blobs" beside it has what is too big for it. It is there whole or not at all. Blocking.
//
// Errors: unsupported (not of this kind of store), conflict (`to` is there already), not_found (no
//         such store), unavailable (a disk that is full or bad, a copy that is not whole).
Result<StoreBackup> backup_store(const std::string& url, const std::string& to);

}  // namespace yoke
