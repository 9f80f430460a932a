#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "runtime/http/http.h"
#include "runtime/http/url.h"
#include "runtime/ports/tool_spec.h"

namespace yoke {

// What a script asked of http.*, checked for shape, not yet for permission.
struct ScriptRequest {
  std::string function;  // "http.get"
  std::string method;
  Url url;
  HttpHeaders headers;
  std::string body;
  int redirects_max = 5;
  std::optional<std::chrono::milliseconds> timeout = {};
};

// `function` is the module's: "get", "request" …
// Errors: invalid, naming the function and the mend; not_found for an unknown function.
Result<ScriptRequest> read_http_request(const std::string& function, const Json& args);

Effect effect_of_method(std::string_view method);

// "name=value" in percent escapes, behind the "?" or "&" that `target` needs.
void add_query(std::string& target, std::string_view name, std::string_view value);
bool has_query(std::string_view target, std::string_view name);

}  // namespace yoke
