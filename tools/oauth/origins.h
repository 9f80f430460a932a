#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace yoke {

// That a credential may go to this URL: its origin is among `origins` ("https://host:port"), and it
// goes there encrypted or stays on this machine. denied, naming the origin.
Result<void> permit_origin(const std::string& url, const std::vector<std::string>& origins);

// "https" anywhere, "http" to this machine alone.
Result<void> permit_plain_text(const std::string& url);

// As one name or value of a query or form (RFC 3986's unreserved characters stay).
std::string url_component(std::string_view text);

}  // namespace yoke
