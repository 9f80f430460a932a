#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"

namespace yoke {

// A JSONPath query of RFC 9535: all selectors, filters with comparisons and the functions length,
// count, match, search and value. Regular expressions run in linear time. Object members are
// visited in the order of their names. Also read, as manifests have it: a leading "$" left out,
// and without brackets names with '-' and those of OData, "$.@odata.context".
//
// Threads: immutable; share it freely.
// Limits:  4096 bytes, 32 levels of nesting; select() takes at most 200,000 steps.
class JsonPath {
 public:
  // Errors: invalid, with the byte of the text.
  static Result<JsonPath> parse(std::string_view text);

  JsonPath(const JsonPath&) = default;
  JsonPath& operator=(const JsonPath&) = default;
  JsonPath(JsonPath&&) noexcept = default;
  JsonPath& operator=(JsonPath&&) noexcept = default;
  ~JsonPath();

  // The nodes, which point into `root`; none where nothing fits. Errors: too_large.
  Result<std::vector<const Json*>> select(const Json& root) const;
  // At most one node can come of it: names and indices alone.
  bool is_singular() const;

 private:
  struct Query;
  explicit JsonPath(std::shared_ptr<const Query> query) : query_(std::move(query)) {}

  std::shared_ptr<const Query> query_;  // shared by the copies
};

}  // namespace yoke
