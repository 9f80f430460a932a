#pragma once

#include <string_view>

#include "runtime/base/json.h"
#include "tools/openapi/request.h"

namespace yoke::openapi {

// What a runtime expression of OpenAPI's links may name.
struct Exchange {
  const Operation& operation;
  const Json& arguments;
  const Request& sent;
  int status = 0;
  const HttpHeaders& headers;
  const Json& body;  // of the reply
};

// The value of "$response.body#/next", "$request.query.page", "$url", of a text with such in braces
// ("p{$response.body#/n}"), or of anything else itself. Null: it names what is not there.
Json evaluated(const Json& expression, const Exchange& exchange);

// Where a JSON pointer leads in a value; null: nowhere.
Json value_at_pointer(const Json& value, std::string_view pointer);

}  // namespace yoke::openapi
