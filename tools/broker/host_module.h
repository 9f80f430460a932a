#pragma once

#include <string>
#include <string_view>

#include "runtime/loop/asio.h"
#include "tools/broker/call_scope.h"

namespace yoke {

// The host's side of a module that scripts were granted: "fs", "http", "kv". It checks the
// capability, asks scope.permit(), then acts, and tells the scope what the script has seen.
//
// Ownership: outlives every call.
// Threads:   loop thread only; what may block goes to a pool.
class HostModule {
 public:
  virtual ~HostModule() = default;
  virtual std::string_view name() const = 0;
  // Whether the request would be made: shape, capability, policy. Nothing is done. The arguments as
  // the world would see them. Errors: as of call(). A module that does not say admits all.
  virtual Result<Json> admit(const std::string& function, const Json& args, CallScope& scope);
  // An error is raised in the script as an ordinary, catchable one. Faults are thrown.
  virtual awaitable<Result<Json>> call(std::string function, Json args, CallScope& scope) = 0;
};

// A success; spares lambdas that may also fail their return type.
Result<Json> json_result(Json value);

// The argument at `index`, null when absent.
const Json& argument(const Json& args, std::size_t index);
// The argument as a text. Errors: "fs.read: argument 1 must be a string".
Result<std::string> text_argument(const Json& args, std::size_t index, std::string_view function);
// The options table at `index`, an empty object when absent; unknown keys are errors.
Result<Json> options_argument(const Json& args, std::size_t index, std::string_view function,
                              std::initializer_list<std::string_view> known);
Error unknown_function(std::string_view module, std::string_view function,
                       std::initializer_list<std::string_view> known);

}  // namespace yoke
