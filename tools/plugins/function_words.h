#pragma once

#include <optional>

#include "tools/plugins/plugin_manifest.h"

namespace yoke {

// Reads one element of `functions`. Nothing: it cannot be used, as the findings say.
std::optional<FunctionWords> read_function_words(const ManifestNode& node, Package& package);

// A file of the package that the text at `node` names. Nothing, with an error put down: there is
// none.
std::optional<std::string> read_named_file(const ManifestNode& node, Package& package);

}  // namespace yoke
