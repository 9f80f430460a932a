#include "tools/oauth/origins.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/http/address.h"
#include "runtime/http/url.h"

namespace yoke {

Result<void> permit_plain_text(const std::string& url) {
  const Result<Url> parsed = parse_url(url);
  if (!parsed) return parsed.error();
  if (parsed->tls || is_loopback_name(parsed->host)) return {};
  return Error{Errc::denied, "a key or token is not sent to " + parsed->origin() +
                                 " in plain text: use its https:// address"};
}

Result<void> permit_origin(const std::string& url, const std::vector<std::string>& origins) {
  const Result<Url> parsed = parse_url(url);
  if (!parsed) return parsed.error();
  const std::string origin = parsed->origin();
  if (std::find(origins.begin(), origins.end(), origin) == origins.end()) {
    return Error{Errc::denied, "this key or token is for " +
                                   (origins.empty() ? "no address" : join(origins, ", ")) +
                                   " and is not sent to " + origin};
  }
  return permit_plain_text(url);
}

std::string url_component(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool digit = c >= '0' && c <= '9';
    if (letter || digit || c == '-' || c == '.' || c == '_' || c == '~') {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

}  // namespace yoke
