#include "hosts/hook/keys/site.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "hosts/keys/key_text.h"
#include "runtime/base/ascii.h"
#include "runtime/base/text.h"
#include "runtime/http/address.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

namespace ip = boost::asio::ip;

constexpr int kMisdirected = 421;
constexpr std::string_view kExposed =
    "X-Request-Id, Retry-After, RateLimit, RateLimit-Policy, Location, Last-Event-ID, request-id";

std::optional<ip::address> address_in(std::string_view host) {
  boost::system::error_code failed;
  ip::address address = ip::make_address(std::string(host), failed);
  if (failed) return std::nullopt;
  const bool mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  if (mapped) address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

struct HostPort {
  std::string host;  // lower case, without brackets and a final dot
  std::string port;  // empty: none is named
};

std::optional<HostPort> host_in(std::string_view field) {
  HostPort out;
  std::string_view rest;
  if (field.starts_with('[')) {
    const std::size_t end = field.find(']');
    if (end == field.npos) return std::nullopt;
    out.host = to_lower(field.substr(1, end - 1));
    if (!address_in(out.host)) return std::nullopt;
    rest = field.substr(end + 1);
  } else {
    const std::size_t colon = std::min(field.find(':'), field.size());
    out.host = to_lower(field.substr(0, colon));
    rest = field.substr(colon);
  }
  if (out.host.ends_with('.')) out.host.pop_back();
  if (!rest.empty() && !rest.starts_with(':')) return std::nullopt;
  if (!rest.empty()) out.port = rest.substr(1);
  const bool digits = out.port.find_first_not_of("0123456789") == std::string::npos;
  if (out.host.empty() || !digits || out.port.size() > 5) return std::nullopt;
  return out;
}

bool listens_at(const SiteRules& rules, const ip::address& asked) {
  return std::any_of(rules.addresses.begin(), rules.addresses.end(), [&](const std::string& text) {
    const std::optional<ip::address> own = address_in(text);
    return own && (own->is_unspecified() || *own == asked);
  });
}

bool is_known_host(const SiteRules& rules, const std::string& host) {
  if (is_loopback_name(host)) return true;
  // A page from elsewhere can have a name that leads here, but no address of this machine.
  if (const std::optional<ip::address> address = address_in(host)) {
    if (listens_at(rules, *address)) return true;
  }
  return std::any_of(rules.hosts.begin(), rules.hosts.end(),
                     [&](const std::string& glob) { return glob_match(to_lower(glob), host); });
}

std::size_t count_of(const HttpHeaders& headers, std::string_view name) {
  return static_cast<std::size_t>(
      std::count_if(headers.begin(), headers.end(),
                    [&](const auto& field) { return equal_ignoring_case(field.first, name); }));
}

bool is_listed(const SiteRules& rules, std::string_view origin) {
  return std::any_of(rules.origins.begin(), rules.origins.end(), [&](const std::string& listed) {
    return equal_ignoring_case(listed, origin);
  });
}

// The host that was asked is the page's own. Over which scheme it came is for a proxy to know.
bool is_same(std::string_view origin, const std::optional<HostPort>& host) {
  const Result<Url> page = parse_url(origin);
  if (!page || !host || page->origin().empty()) return false;
  const std::string usual = page->tls ? "443" : "80";
  const std::string& port = host->port.empty() ? usual : host->port;
  return page->host == host->host && std::to_string(page->port) == port;
}

Refusal not_for_us(const std::string& host) {
  return {kMisdirected, "wrong host",
          "this hook does not answer for the host '" + printable(shorten(host, 100)) +
              "': list it in [serve] hosts of yoke.toml",
          "host.unknown"};
}

Refusal foreign_page(const std::string& origin) {
  return {403, "wrong origin",
          "pages of '" + printable(shorten(origin, 100)) +
              "' are not let in: list it in [serve] origins of yoke.toml",
          "origin.unknown"};
}

bool are_tokens(std::string_view list) {
  const std::vector<std::string> names = split(list, ',');
  return std::all_of(names.begin(), names.end(),
                     [](const std::string& name) { return is_http_token(trim(name)); });
}

}  // namespace

std::optional<Refusal> check_site(const HttpRequest& request, const SiteRules& rules) {
  if (holds_key(request.url)) {
    return Refusal{400, "key in the address",
                   "a key in an address is kept by logs, histories and proxies: revoke this one, "
                   "and send its successor as 'Authorization: Bearer …'",
                   "key.in_url"};
  }
  const std::string* field = request.headers.find("Host");
  const std::optional<HostPort> host = field ? host_in(*field) : std::nullopt;
  const bool over_file = request.peer.address.empty();
  if (!over_file) {
    const bool one = host && count_of(request.headers, "Host") == 1;
    const bool known = one && is_known_host(rules, host->host);
    if (!known) return not_for_us(host ? host->host : std::string(field ? *field : ""));
  }
  const std::string* origin = request.headers.find("Origin");
  if (origin == nullptr) return std::nullopt;
  const bool one = count_of(request.headers, "Origin") == 1;
  if (one && (is_same(*origin, host) || is_listed(rules, *origin))) return std::nullopt;
  return foreign_page(*origin);
}

HttpHeaders cors_headers(const HttpRequest& request, const SiteRules& rules) {
  HttpHeaders headers;
  if (rules.origins.empty()) return headers;
  headers.add("Vary", "Origin");
  const std::string* origin = request.headers.find("Origin");
  if (origin == nullptr || !is_listed(rules, *origin)) return headers;
  if (!is_http_field_value(*origin)) return headers;
  headers.add("Access-Control-Allow-Origin", *origin);
  const bool preflight =
      request.method == "OPTIONS" && request.headers.has("Access-Control-Request-Method");
  if (!preflight) {
    headers.add("Access-Control-Expose-Headers", std::string(kExposed));
    return headers;
  }
  headers.add("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, PATCH, DELETE");
  const std::string_view asked = request.headers.get("Access-Control-Request-Headers");
  if (!asked.empty() && are_tokens(asked)) {
    headers.add("Access-Control-Allow-Headers", std::string(asked));
  }
  if (request.headers.get("Access-Control-Request-Private-Network") == "true") {
    headers.add("Access-Control-Allow-Private-Network", "true");
  }
  headers.add("Access-Control-Max-Age", "600");
  return headers;
}

}  // namespace yoke
