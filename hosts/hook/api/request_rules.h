#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>

#include "hosts/hook/endpoint.h"
#include "hosts/hook/reply.h"
#include "runtime/schema/schema.h"

namespace yoke {

// A request that is as its operation says.
struct AskedOf {
  HookCall call;
  Json query = Json::object();  // by name, of the types that the operation gives
  Json body = Json::object();
};

// What a request must be, from the very operation that is published.
//
// Threads: immutable; share it freely.
class RequestRules {
 public:
  // `components` are those that the operation refers to. What cannot be checked with is a bug.
  RequestRules(const Json& operation, const Json& components);

  // A refusal names the field: `param` is the JSON pointer into the body, or the query's name.
  std::variant<Refusal, AskedOf> check(HookCall call) const;

 private:
  std::optional<Refusal> read_query(AskedOf& asked) const;
  std::optional<Refusal> read_body(AskedOf& asked) const;

  std::shared_ptr<const Schema> query_;
  std::map<std::string, bool> names_;   // of the query: whether it is a whole number
  std::shared_ptr<const Schema> body_;  // null: it takes none
  bool body_required_ = false;
};

}  // namespace yoke
