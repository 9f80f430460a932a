#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke {

// An absolute http or https URL, taken apart.
struct Url {
  bool tls = false;
  std::string host;  // lower case; an IPv6 address without its brackets
  std::uint16_t port = 80;
  std::string target = "/";    // path and query, as they go into the request
  std::string user_info = {};  // "user:password" decoded; only where the caller allows it

  std::string authority() const;  // for the Host field: "host" or "host:port"
  std::string origin() const;     // "https://host:port"
  std::string text() const;       // the whole, without user info and fragment
};

// invalid: no absolute http or https URL, or user info in it although it is not allowed.
Result<Url> parse_url(std::string_view text, bool allow_user_info = false);
// The text of a URL, sound or not, as it may be shown: what may be secret in it, user info and
// query, is "…".
std::string shown_url(std::string_view text);
// What `reference` (a Location field) means, seen from `base`.
Result<Url> resolve_url(const Url& base, std::string_view reference);

}  // namespace yoke
