#pragma once

#include <string>
#include <vector>

#include "tools/openapi/lookup.h"

namespace yoke::openapi {

// The servers of a `servers` list that can be used; the others become findings.
std::vector<Server> read_servers(const Found& list, const std::string& base_url,
                                 FindingList& findings);
// The servers of Swagger 2.0: `host`, `basePath` and `schemes` of `root`.
std::vector<Server> read_swagger_servers(const Lookup& lookup, const std::string& base_url,
                                         FindingList& findings);

enum class VariablePlace : std::uint8_t { scheme, authority, path, none };
// Where in the address the variable stands.
VariablePlace place_of(const Server& server, const ServerVariable& variable);

}  // namespace yoke::openapi
