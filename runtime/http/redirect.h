#pragma once

#include <string>

#include "runtime/http/http.h"
#include "runtime/http/url.h"

namespace yoke {

bool is_redirect(int status);

// Turns `request`, which was sent to `url`, into the one that a redirect asks for: 303 asks for a
// GET, 301 and 302 do so of a POST; every other method stays, with its body. Where that leaves the
// origin, only the fields go along that say nothing of the caller (Accept, Content-Type and the
// like). invalid: the location cannot be followed. denied: the request's own rule forbids it.
Result<void> follow_redirect(int status, const std::string& location, HttpRequest& request,
                             Url& url);

}  // namespace yoke
