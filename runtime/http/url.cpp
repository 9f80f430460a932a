#include "runtime/http/url.h"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"
#include "runtime/http/headers.h"

namespace yoke {
namespace {

namespace urls = boost::urls;

constexpr std::size_t kUrlBytesMax = 64 * 1024;

Error bad_url(std::string_view text, std::string_view why) {
  return Error{Errc::invalid, "'" + shorten(printable(shown_url(text)), 200) +
                                  "' is no usable URL: " + std::string(why)};
}

std::string text_of(urls::string_view view) { return std::string(view.data(), view.size()); }

Result<std::string> host_of(const urls::url_view& view, std::string_view text) {
  const bool is_name = view.host_type() == urls::host_type::name;
  if (view.host_type() == urls::host_type::ipvfuture)
    return bad_url(text, "unknown kind of address");
  std::string host = is_name ? text_of(view.encoded_host()) : view.host_address();
  if (host.empty()) return bad_url(text, "it names no host");
  if (host.size() > 255) return bad_url(text, "its host is too long");
  // A name written in percent signs could slip past a check that compares names.
  if (host.find('%') != std::string::npos) return bad_url(text, "its host has escapes");
  if (is_name && host.back() == '.') host.pop_back();
  return to_lower(std::move(host));
}

}  // namespace

std::string Url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != (tls ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::origin() const {
  std::string text = tls ? "https://" : "http://";
  text += host.find(':') == std::string::npos ? host : "[" + host + "]";
  text += ":";
  text += std::to_string(port);
  return text;
}

std::string Url::text() const { return (tls ? "https://" : "http://") + authority() + target; }

std::string shown_url(std::string_view text) {
  const std::string_view place = text.substr(0, text.find_first_of("?#"));
  const std::size_t mark = place.find("://");
  const std::size_t begin = mark == std::string_view::npos ? 0 : mark + 3;
  const std::string_view authority = place.substr(begin, place.find('/', begin) - begin);
  const std::size_t at = authority.rfind('@');
  std::string shown(place.substr(0, begin));
  if (at != std::string_view::npos) shown += "…";
  shown += place.substr(begin + (at == std::string_view::npos ? 0 : at));
  if (place.size() < text.size() && text[place.size()] == '?') shown += "?…";
  return shown;
}

Result<Url> parse_url(std::string_view text, bool allow_user_info) {
  if (text.size() > kUrlBytesMax) return bad_url(text, "it is too long");
  const auto parsed = urls::parse_uri(urls::string_view(text.data(), text.size()));
  if (!parsed) return bad_url(text, "expected 'http://…' or 'https://…'");
  const urls::url_view view = *parsed;
  Url url;
  const std::string scheme = to_lower(text_of(view.scheme()));
  if (scheme != "http" && scheme != "https")
    return bad_url(text, "only http and https are spoken here");
  url.tls = scheme == "https";
  if (view.has_userinfo()) {
    if (!allow_user_info) return bad_url(text, "it holds a user name; put it into a header");
    url.user_info = view.userinfo();
  }
  Result<std::string> host = host_of(view, text);
  if (!host) return host.error();
  url.host = std::move(*host);
  url.port = url.tls ? 443 : 80;
  if (!view.port().empty()) {
    const urls::string_view digits = view.port();
    const char* end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, url.port);
    const bool whole = error == std::errc() && stop == end;
    if (!whole || url.port == 0) return bad_url(text, "its port is out of range");
  }
  url.target = text_of(view.encoded_target());
  if (url.target.empty() || url.target.front() != '/') url.target.insert(0, "/");
  return url;
}

Result<Url> resolve_url(const Url& base, std::string_view reference) {
  if (reference.size() > kUrlBytesMax) return bad_url(reference, "it is too long");
  const std::string base_text = base.text();  // the view below refers to it
  const auto from = urls::parse_uri(base_text);
  const auto to = urls::parse_uri_reference(urls::string_view(reference.data(), reference.size()));
  if (!from || !to) return bad_url(reference, "it cannot be read");
  urls::url whole;
  const auto done = urls::resolve(*from, *to, whole);
  if (!done) return bad_url(reference, "it cannot be resolved");
  const urls::string_view text = whole.buffer();
  return parse_url(std::string_view(text.data(), text.size()));
}

}  // namespace yoke
