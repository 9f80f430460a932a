#include "tools/broker/host_pattern.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"
#include "runtime/http/address.h"

namespace yoke {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t kHostBytesMax = 253;

std::optional<ip::address> address_of(std::string_view host) {
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(host), error);
  if (error) return std::nullopt;
  return address;
}

bool is_label_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

bool is_host_name(std::string_view host) {
  for (const std::string& label : split(host, '.')) {
    if (label.empty() || label.size() > 63 || label.front() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), is_label_char)) return false;
  }
  return true;
}

Error bad_pattern(std::string_view text, std::string_view why) {
  return Error{Errc::invalid,
               "'" + shorten(printable(text), 80) + "' is no host to grant: " + std::string(why)};
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// Cuts ":8443" off the end. False when what follows the colon is no port.
bool take_port(std::string_view& text, int& port) {
  const std::size_t bracket = text.rfind(']');
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return true;
  if (bracket != std::string_view::npos && colon < bracket) return true;
  if (bracket == std::string_view::npos && text.find(':') != colon) return true;  // bare IPv6
  const std::string_view digits = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (error != std::errc() || end != digits.data() + digits.size()) return false;
  text = text.substr(0, colon);
  return port >= 1 && port <= 65535;
}

Result<void> read_wildcard(HostPattern& pattern, std::string_view rest) {
  if (pattern.inside) return bad_pattern(pattern.text, "name each private host");
  const bool all = rest == "*";
  if (!all && !is_host_name(rest.substr(2))) return bad_pattern(pattern.text, "no host name");
  pattern.host = rest;
  pattern.wildcard = true;
  return {};
}

}  // namespace

Result<std::string> normal_host(std::string_view host) {
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  std::string name(host);
  if (name.ends_with('.')) name.pop_back();
  for (char& c : name) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      return Error{Errc::invalid, "a host name outside ASCII: write its xn-- form"};
    }
    c = to_lower(c);
  }
  if (name.empty() || name.size() > kHostBytesMax) {
    return Error{Errc::invalid, "no host name, or one of more than 253 characters"};
  }
  if (const auto address = address_of(name)) return address->to_string();
  if (!is_host_name(name)) {
    return Error{Errc::invalid, "'" + printable(to_valid_utf8(name)) + "' is no host name"};
  }
  return name;
}

Result<HostPattern> parse_host_pattern(std::string_view text) {
  HostPattern pattern;
  pattern.text = std::string(text);
  std::string_view rest = text;
  pattern.inside = take_prefix(rest, "private:");
  if (!take_prefix(rest, "https://")) pattern.plain = take_prefix(rest, "http://");
  if (rest.find_first_of("/?#@ \\") != std::string_view::npos) {
    return bad_pattern(text, "write the host alone, such as 'api.example' or 'api.example:8443'");
  }
  if (!take_port(rest, pattern.port)) return bad_pattern(text, "the port is no number 1 to 65535");
  if (rest == "*" || rest.starts_with("*.")) {
    if (Result<void> read = read_wildcard(pattern, rest); !read) return read.error();
    return pattern;
  }
  if (rest.find('*') != std::string_view::npos) {
    return bad_pattern(text, "'*' stands alone or begins a name, as in '*.example'");
  }
  Result<std::string> host = normal_host(rest);
  if (!host) return bad_pattern(text, host.error().detail);
  pattern.host = std::move(*host);
  const bool loopback = is_loopback_name(pattern.host);
  if (loopback || address_of(pattern.host)) pattern.inside = true;
  if (loopback) pattern.plain = true;
  return pattern;
}

bool HostPattern::covers(std::string_view host_name, int port_number) const {
  if (port != 0 && port != port_number) return false;
  if (host == "*") return !address_of(host_name) && !is_loopback_name(host_name);
  if (!wildcard) return host == host_name;
  const std::string_view suffix = std::string_view(host).substr(1);  // ".example"
  return host_name.size() > suffix.size() && host_name.ends_with(suffix);
}

std::string describe(const HostPattern& pattern) {
  std::string words = "connect to ";
  if (pattern.host == "*") {
    words += "any public host";
  } else if (pattern.wildcard) {
    words += "any host below " + pattern.host.substr(2);
  } else {
    words += pattern.host;
  }
  if (pattern.port != 0) words += ", port " + std::to_string(pattern.port);
  if (is_loopback_name(pattern.host)) {
    words += " (this machine)";
  } else if (pattern.inside) {
    words += " (which may be inside your network)";
  }
  if (pattern.plain) words += ", also without encryption";
  return words;
}

}  // namespace yoke
