#include "hosts/hook/keys/credential.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "hosts/keys/key_text.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

// "Bearer x" as x; what follows any other scheme is nothing of ours.
std::optional<std::string_view> bearer_in(std::string_view value) {
  const std::size_t space = std::min(value.find(' '), value.size());
  if (!equal_ignoring_case(value.substr(0, space), "Bearer")) return std::nullopt;
  return trim(value.substr(space));
}

bool is_token(std::string_view text) {
  return text.starts_with("ey") && std::count(text.begin(), text.end(), '.') >= 2;
}

}  // namespace

Credential credential_of(const HttpHeaders& headers) {
  std::vector<std::string_view> ours;
  bool foreign = false;
  for (const auto& [name, value] : headers) {
    std::optional<std::string_view> text;
    if (equal_ignoring_case(name, "Authorization")) {
      text = bearer_in(value);
      foreign = foreign || !text;
    } else if (equal_ignoring_case(name, "x-api-key") || equal_ignoring_case(name, "api-key")) {
      text = trim(value);
    }
    if (!text || text->empty()) continue;
    if (!is_meant_as_key(*text) && !is_token(*text)) {
      foreign = true;
    } else if (std::find(ours.begin(), ours.end(), *text) == ours.end()) {
      ours.push_back(*text);
    }
  }
  if (ours.size() > 1) {
    return Refusal{400, "two keys", "the request brings several keys that differ: send one",
                   "key.ambiguous"};
  }
  if (ours.empty()) return foreign ? Credential(ForeignCredential()) : Credential(NoCredential());
  Secret text{std::string(ours.front())};
  if (is_meant_as_key(text.reveal())) return KeyCredential{std::move(text)};
  return TokenCredential{std::move(text)};
}

void forget_credentials(HttpRequest& request) {
  for (const char* name :
       {"Authorization", "Proxy-Authorization", "x-api-key", "api-key", "Cookie"}) {
    request.headers.remove(name);
  }
  if (holds_key(request.url)) request.url = request.url.substr(0, request.url.find(kKeyPrefix));
}

bool came_by_proxy(const HttpHeaders& headers) {
  return headers.has("Forwarded") || headers.has("X-Forwarded-For") ||
         headers.has("X-Forwarded-Host") || headers.has("X-Real-IP") || headers.has("Via");
}

}  // namespace yoke
