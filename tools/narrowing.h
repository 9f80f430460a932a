#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/ports/script_host.h"
#include "tools/broker/permissions.h"

namespace yoke {

// One [permissions."GLOB"] of yoke.toml, as written.
struct NarrowingText {
  std::string tools;           // a glob over names
  Json caps = Json::object();  // keys of `permissions`; of secrets a list of names
  std::string place = {};      // "yoke.toml:12"
  std::map<std::string, std::string> places = {};  // of each key
};

// What is left of the permissions that a tool declares, and what is not.
struct Narrowed {
  Json permissions;
  std::vector<Withheld> withheld;
};

// The most that an operator lets tools do, whatever they declare and whoever granted it. Each key
// that a table names bounds that key, an empty list forbids it; a key that it does not name is left
// alone. Where several tables match a tool, all of them hold.
//
// Threads: immutable.
class Narrowing {
 public:
  Narrowing() = default;  // nothing is narrowed
  // Errors: invalid: a key that is none, a value that is no permission; `place` is the key's.
  static Result<Narrowing> from_tables(const std::vector<NarrowingText>& tables);

  // `permissions` are such as parse_permissions() takes.
  Narrowed apply(std::string_view tool, const Json& permissions) const;

  // One error for each table that matches none of these tools; "*" may match none.
  std::vector<Error> check(std::span<const std::string> tools) const;

 private:
  struct Table {
    NarrowingText text;
    Permissions most;
    std::vector<std::string> secrets;
  };
  std::vector<Table> tables_;
};

}  // namespace yoke
