#pragma once

#include <set>
#include <string>
#include <string_view>

#include "tools/openapi/operation.h"

namespace yoke::openapi {

// Names for the arguments of one operation, each once. Models take letters, digits, '_', '.' and
// '-', at most 64 of them: "$top" is "top", "filter[name]" is "filter_name". Of two that are alike
// the second is named by its place: "id", "body_id"; and if that is taken too, "body_id_2".
class ArgumentNames {
 public:
  std::string add(std::string_view wire_name, Place place);

 private:
  std::set<std::string> taken_;
};

// The operationId that a document without one would have given: "get_users_id".
std::string id_from_path(std::string_view method, std::string_view path);

}  // namespace yoke::openapi
