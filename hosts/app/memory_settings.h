#pragma once

#include "hosts/config/config.h"
#include "runtime/memory/sqlite_memory.h"

namespace yoke {

class App;

// What [memory] says of the store's memory. Errors: unsupported, as memory_path_of().
Result<MemoryOptions> memory_options_of(const Config& config);

// What agents of this process remember in: that of the broker's module `memory`.
Memory& memory_of(App& app);

}  // namespace yoke
