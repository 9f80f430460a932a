#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/result.h"

namespace yoke {

// One reason why a value does not fit, in words a model can mend its call by.
struct SchemaError {
  std::string path;      // JSON pointer into the value: "/units"; "/" for the whole value
  std::string expected;  // "one of \"metric\", \"imperial\""
  std::string found;     // "\"kelvin\""
};

// "at /units: expected one of "metric", "imperial"; found "kelvin"", one line an error, the first
// few.
std::string describe(std::span<const SchemaError> errors);

// A JSON Schema, ready to check values with: draft 4, 6, 7, 2019-09 or 2020-12 as `$schema` says.
// Without `$schema` it is 2020-12 that also takes the older spellings (definitions, items as a
// list, dependencies). `format` and `content…` are notes, not checks; unknown keywords are ignored.
//
// Threads: immutable; share it freely. Owned by whoever holds the pointer.
// Limits:  20,000 subschemas, 64 levels; a check takes at most 2,000,000 steps, and a value that
//          would need more does not fit.
class Schema {
 public:
  // Refuses what could not be checked: `place` is the JSON pointer of the keyword. invalid: no
  // schema; unsupported: a remote $ref, a pattern beyond RE2; too_large: over a limit.
  static Result<std::shared_ptr<const Schema>> compile(const Json& schema);

  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  bool fits(const Json& value) const;
  // Empty when the value fits; else the most telling errors, at most 20.
  std::vector<SchemaError> check(const Json& value) const;

  // The value with the `default` of every absent property filled in, through properties, items,
  // allOf and $ref, not inside a filled-in default. Does not check.
  Json with_defaults(Json value) const;

 private:
  struct Compiled;
  explicit Schema(std::unique_ptr<const Compiled> compiled);

  std::unique_ptr<const Compiled> compiled_;
};

// The Lua shorthand as JSON Schema. A table is a map of property names to a type name ("string",
// "integer?") or a table of: type (or the first element), enum, default, doc, min, max, pattern,
// list, fields. {"$schema_full": S} stands for S itself; a string stands for that type; null for no
// properties. Objects so described take no other properties.
// Errors: `place` is the JSON pointer into the shorthand.
Result<Json> expand_shorthand(const Json& shorthand);

}  // namespace yoke
