#include "runtime/http/redirect.h"

#include <algorithm>
#include <array>

namespace yoke {
namespace {

constexpr std::array<std::string_view, 4> kBodyFields{"Content-Type", "Content-Encoding",
                                                      "Content-Language", "Content-Location"};
constexpr std::array<std::string_view, 7> kSecretParts{"auth",   "cookie",   "key",       "token",
                                                       "secret", "password", "credential"};

void drop_credentials(HttpHeaders& headers) {
  HttpHeaders kept;
  for (const auto& [name, value] : headers) {
    if (!is_credential_field(name)) kept.add(name, value);
  }
  headers = std::move(kept);
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool is_credential_field(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  // Rather one harmless field too few than a key in the wrong hands.
  return std::any_of(kSecretParts.begin(), kSecretParts.end(), [&lower](std::string_view part) {
    return lower.find(part) != std::string::npos;
  });
}

Result<void> follow_redirect(int status, const std::string& location, HttpRequest& request,
                             Url& url) {
  Result<Url> target = resolve_url(url, location);
  if (!target) return target.error();
  if (request.permit_redirect) {
    Result<void> allowed = request.permit_redirect(target->text());
    if (!allowed) return Error{Errc::denied, allowed.error().message()};
  }
  const bool to_get = (status == 303 && request.method != "HEAD") ||
                      ((status == 301 || status == 302) && request.method == "POST");
  if (to_get) {
    request.method = "GET";
    request.body.clear();
    for (const std::string_view name : kBodyFields) request.headers.remove(name);
  }
  if (target->origin() != url.origin()) drop_credentials(request.headers);
  request.headers.remove("Host");
  url = std::move(*target);
  return {};
}

}  // namespace yoke
