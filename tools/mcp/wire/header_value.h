#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/result.h"

// What the modern era mirrors from a request's body into its HTTP headers.
namespace yoke::mcp {

// The value as a header may carry it: itself where it is plain ASCII without white space around it,
// else "=?base64?…?=".
std::string to_header_value(std::string_view value);
// The reverse, after white space around it is taken off. None: base64 that is none, or bytes that a
// header must not have.
std::optional<std::string> from_header_value(std::string_view value);

// What `Mcp-Name` carries for a request: params.name of tools/call and prompts/get, params.uri of
// resources/read, params.taskId of tasks/*; none for every other method.
std::optional<std::string> name_header_of(std::string_view method, const Json& params);

// A parameter of a tool that `x-mcp-header` mirrors.
struct ParamHeader {
  std::string name;               // "Mcp-Param-Region"
  std::vector<std::string> path;  // of `properties` from the root of the arguments
};

// Those of an input schema. Errors: invalid: an annotation against the rules (where it may stand,
// on what types, unique names), naming it; the tool must then be left out by a client over HTTP.
Result<std::vector<ParamHeader>> param_headers(const Json& input_schema);

// The header's value in these arguments; none: it is left out (absent or null).
std::optional<std::string> param_header_value(const ParamHeader& header, const Json& args);

// Does a header's value, decoded, say what the body says? Integers are compared as numbers.
bool same_param_value(std::string_view decoded, const Json& in_body);
const Json& param_in_body(const ParamHeader& header, const Json& args);  // a static null if absent

}  // namespace yoke::mcp
