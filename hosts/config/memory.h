#pragma once

#include "hosts/config/config.h"
#include "hosts/config/toml_reader.h"

namespace yoke {

// Reads `[memory]` of a yoke.toml into config.bundled["memory"], whose tools it switches on:
// settings `embed`, `entries` and `text_bytes`. After read_bundled(), which may have switched the
// tools off. What is wrong is left with the reader.
void read_memory(TomlReader& reader, const toml::table& root, Config& config);

}  // namespace yoke
