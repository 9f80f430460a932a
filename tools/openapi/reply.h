#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/json.h"
#include "runtime/base/result.h"
#include "runtime/http/headers.h"
#include "tools/openapi/operation.h"
#include "tools/openapi/request.h"

namespace yoke::openapi {

struct Reply {
  int status = 0;
  HttpHeaders headers;
  std::string body;  // decompressed
};

// What a reply means to whoever called the operation.
struct Answer {
  bool ok = false;      // a 2xx
  Json value;           // JSON as it is, text as a string, bytes as {"content_type", "base64"}
  std::string message;  // of a failure: one line with the status and what the body says of it
};
// Bounded as parse_json is. A body that is not what its content type says is a failure.
Answer read_reply(const Operation& operation, const Reply& reply);

// The request for the page after `reply`, where there is one: by x-ms-pageable, "@odata.nextLink",
// a Link field with rel="next", or a link of the document that calls this operation again.
// denied: it leads to another origin than `sent`; invalid: it is no address.
Result<std::optional<Request>> next_page(const Operation& operation, const Json& arguments,
                                         const Request& sent, const Reply& reply);

// `page`'s items put behind those of `whole`, for the member that pages list their items in.
// False: one of them has no such list.
bool join_pages(const Operation& operation, Json& whole, const Json& page);

}  // namespace yoke::openapi
