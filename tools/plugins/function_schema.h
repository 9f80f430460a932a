#pragma once

#include <string>

#include "tools/openapi/operation.h"
#include "tools/plugins/plugin_manifest.h"

namespace yoke {

struct ManifestPlace {
  std::string file;
  std::string pointer;  // of the function
};

// Narrows the operation's input schema to what the manifest's function says of its parameters:
// those that it does not name are taken away unless the operation needs them; its descriptions,
// enums, defaults and required ones are put in. What the operation does not have is a finding.
void narrow_input(openapi::Operation& operation, const FunctionWords& words,
                  const ManifestPlace& place, PluginFindings& findings);

// Of a manifest's `parameters` alone, for a function that has no operation.
Json schema_of_parameters(const Json& parameters);

}  // namespace yoke
