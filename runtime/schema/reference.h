#pragma once

#include <map>
#include <string>

#include "runtime/base/json.h"
#include "runtime/base/result.h"

namespace yoke::schema {

// Which rules `$ref` and `$id` follow.
enum class Dialect : std::uint8_t {
  draft4,  // `id`; what stands beside a $ref does not count
  draft6,  // and 7: `$id`; the same
  modern,  // 2019-09, 2020-12 and schemas that do not say
};

// A subschema of a document: itself, its JSON pointer there, and the URI its references start from.
struct Location {
  const Json* schema = nullptr;
  std::string place;
  std::string base;
};

// Finds the subschemas of one document that $ref may name. Nothing is ever fetched.
// Ownership: points into the document, which must outlive it.
class References {
 public:
  explicit References(Dialect dialect) : dialect_(dialect) {}

  // Takes in a schema with its subschemas; returns where it is, with the base URI its own id gives
  // it. What was taken in before keeps its place. Malformed parts are passed over.
  Result<Location> add(const Location& location);

  Result<Location> find(const std::string& reference, const std::string& base) const;

  // Whether the dynamic scope could choose between several anchors of this name.
  bool is_ambiguous(const std::string& dynamic_anchor) const;
  bool has_several_recursive_anchors() const { return recursive_anchors_ > 1; }

 private:
  Result<void> add_names(Location& location);
  Result<void> add_anchor(const Location& location, const std::string& name);
  Result<Location> walk(Location from, std::string_view pointer) const;

  Dialect dialect_;
  std::map<const Json*, Location> known_;
  std::map<std::string, Location> resources_;   // by URI without fragment
  std::map<std::string, Location> anchors_;     // by URI and "#name"
  std::map<std::string, int> dynamic_anchors_;  // by name: how many
  int recursive_anchors_ = 0;
};

}  // namespace yoke::schema
