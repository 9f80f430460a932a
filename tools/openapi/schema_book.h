#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "tools/openapi/lookup.h"

namespace yoke::openapi {

enum class Dialect : std::uint8_t { swagger20, openapi30, openapi31 };
enum class Direction : std::uint8_t { request, response };

struct BookLimits {
  std::size_t bytes_max = 0;
  std::size_t definitions_max = 0;
};

// The schemas of one tool: rewrites those of a document as JSON Schema 2020-12 and gathers what
// they refer to, nearest first, until the limits are met.
class SchemaBook {
 public:
  SchemaBook(Lookup& lookup, FindingList& findings, Dialect dialect, Direction direction,
             BookLimits limits)
      : lookup_(lookup),
        findings_(findings),
        dialect_(dialect),
        direction_(direction),
        limits_(limits) {}

  // What `schema` says, with references into the book.
  Json convert(const Found& schema) { return rewrite(schema, 0); }
  // `root`, made of converted schemas, whole in itself: with what it refers to, in place or under
  // $defs. Errors: the first $ref that leads nowhere or outside; `place` is its pointer.
  Result<Json> finish(Json root);

  // True where a property of that schema is not part of this direction.
  bool is_hidden(const Found& schema) const;

 private:
  struct Definition {
    std::string name;
    Json schema;
    int uses = 0;
  };

  Json rewrite(const Found& schema, int depth);
  Json rewrite_reference(const Found& schema, int depth);
  void rewrite_values(const Found& schema, Json& out);
  void rewrite_type(const Found& schema, Json& out);
  void rewrite_bounds(const Found& schema, Json& out);
  void rewrite_texts(const Found& schema, Json& out);
  void rewrite_children(const Found& schema, Json& out, int depth);
  void rewrite_properties(const Found& schema, Json& out, int depth);
  void rewrite_list(const Found& schema, const std::string& name, Json& out, int depth);
  void add_discriminator(const Found& schema, const std::string& name, Json& list);
  void add_null(const Found& schema, Json& out) const;
  void fit_choices(const Found& schema, Json& out);
  void drop(const Found& keyword, std::string_view why);
  std::string refer(const std::string& pointer);
  std::string new_name(const std::string& pointer) const;
  Json placed(Json schema, int depth, std::set<std::string>& kept) const;
  const Definition* once_used(const Json& schema) const;

  Lookup& lookup_;
  FindingList& findings_;
  Dialect dialect_;
  Direction direction_;
  BookLimits limits_;
  std::map<std::string, Definition> definitions_;  // by pointer
  std::map<std::string, std::string> pointers_;    // by name
  std::deque<std::string> waiting_;
  std::optional<Error> failure_;
};

}  // namespace yoke::openapi
