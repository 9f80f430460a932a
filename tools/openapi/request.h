#pragma once

#include <string>

#include "runtime/base/json.h"
#include "runtime/base/result.h"
#include "runtime/http/headers.h"
#include "tools/openapi/operation.h"

namespace yoke {
struct HttpRequest;
}

namespace yoke::openapi {

// A request as it shall be sent, but for what signs it in.
struct Request {
  std::string method;
  std::string url;      // absolute
  HttpHeaders headers;  // Accept, Content-Type, Cookie and the operation's own
  std::string body;
};
HttpRequest to_http(Request request);

struct CallTarget {
  std::string server_url = {};  // as of server_url(); empty: the operation's first, with defaults
  // For multipart bodies: a text that is in none of its parts. Empty: one made from their hash.
  std::string boundary = {};
};

// The request for a call. `arguments` is the flat object of the operation's input schema; a name
// of the document ("$top") is taken as well. Pure: the same values give the same bytes.
//
// Errors: invalid, with `place` the argument's JSON pointer: one that is required is missing, one
//         that is not known, a value that its place cannot carry (a control character in a header,
//         "..", an empty path parameter, a list of objects in a query …).
Result<Request> make_request(const Operation& operation, const Json& arguments,
                             const CallTarget& target = {});

}  // namespace yoke::openapi
