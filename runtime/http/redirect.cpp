#include "runtime/http/redirect.h"

#include <algorithm>
#include <array>

namespace yoke {
namespace {

constexpr std::array<std::string_view, 4> kBodyFields{"Content-Type", "Content-Encoding",
                                                      "Content-Language", "Content-Location"};
// All that goes along to another origin. A field is named here, rather than guessed to be harmless:
// what a service calls its key is its own affair.
constexpr std::array<std::string_view, 9> kHarmlessFields{
    "Accept",           "Accept-Encoding",  "Accept-Language", "Cache-Control", "Content-Type",
    "Content-Encoding", "Content-Language", "Range",           "User-Agent"};

bool is_harmless(std::string_view name) {
  return std::any_of(kHarmlessFields.begin(), kHarmlessFields.end(),
                     [&](std::string_view known) { return equal_ignoring_case(known, name); });
}

void keep_harmless(HttpHeaders& headers) {
  HttpHeaders kept;
  for (const auto& [name, value] : headers) {
    if (is_harmless(name)) kept.add(name, value);
  }
  headers = std::move(kept);
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
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
  if (target->origin() != url.origin()) keep_harmless(request.headers);
  request.headers.remove("Host");
  url = std::move(*target);
  return {};
}

}  // namespace yoke
