#pragma once

#include "hosts/config/config.h"
#include "hosts/config/toml_reader.h"

// The sections of yoke.toml that have a file of their own. What is wrong is left with the reader.
namespace yoke {

void read_backends(TomlReader& reader, const toml::table& root, Config& config);
void read_routes(TomlReader& reader, const toml::table& root, Config& config);
void read_budgets(TomlReader& reader, const toml::table& root, Config& config);

}  // namespace yoke
