#pragma once

#include <string>

#include "runtime/http/http.h"
#include "runtime/http/url.h"

namespace yoke {

bool is_redirect(int status);

// Turns `request`, which was sent to `url`, into the one that a redirect asks for. Where that
// leaves the origin, what could be a credential stays behind. invalid: the location cannot be
// followed. denied: the request's own rule forbids it.
Result<void> follow_redirect(int status, const std::string& location, HttpRequest& request,
                             Url& url);

// True for header fields that may carry a credential.
bool is_credential_field(std::string_view name);

}  // namespace yoke
