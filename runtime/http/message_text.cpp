#include "runtime/http/message_text.h"

#include <openssl/evp.h>

#include <array>
#include <cstdio>
#include <ctime>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::array<std::string_view, 6> kFraming{
    "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Upgrade"};

struct Reason {
  int status;
  std::string_view phrase;
};

constexpr std::array<Reason, 34> kReasons{{
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
}};

bool is_framing(std::string_view name) {
  for (const std::string_view own : kFraming) {
    if (equal_ignoring_case(own, name)) return true;
  }
  return false;
}

void append_field(std::string& text, std::string_view name, std::string_view value) {
  text += name;
  text += ": ";
  text += value;
  text += "\r\n";
}

void append_fields(std::string& text, const HttpHeaders& headers) {
  for (const auto& [name, value] : headers) {
    if (!is_framing(name)) append_field(text, name, value);
  }
}

bool announces_length(const HttpRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

}  // namespace

Result<void> check_request(const HttpRequest& request) {
  if (!is_http_token(request.method)) {
    return Error{Errc::invalid, "'" + printable(request.method) + "' is no HTTP method"};
  }
  if (request.method == "CONNECT") {
    return Error{Errc::unsupported, "CONNECT cannot be sent as a request"};
  }
  for (const auto& [name, value] : request.headers) {
    if (!is_http_token(name)) {
      return Error{Errc::invalid, "'" + printable(name) + "' is no header name"};
    }
    // The value may be a secret, so it is not shown.
    if (!is_http_field_value(value)) {
      return Error{Errc::invalid, "the value of header '" + name + "' has control characters"};
    }
  }
  return {};
}

std::string request_head(const HttpRequest& request, const Url& url, const RequestLine& line) {
  std::string text;
  text.reserve(512);
  text += request.method;
  text += ' ';
  if (line.whole_url) text += "http://" + url.authority();
  text += url.target;
  text += " HTTP/1.1\r\n";
  if (!request.headers.has("Host")) append_field(text, "Host", url.authority());
  if (!request.headers.has("User-Agent")) append_field(text, "User-Agent", "yoke");
  if (!request.headers.has("Accept")) append_field(text, "Accept", "*/*");
  if (line.accepts_gzip) append_field(text, "Accept-Encoding", "gzip, deflate");
  append_fields(text, request.headers);
  if (!line.proxy_authorization.empty()) {
    append_field(text, "Proxy-Authorization", line.proxy_authorization);
  }
  if (announces_length(request)) {
    append_field(text, "Content-Length", std::to_string(request.body.size()));
  }
  text += "\r\n";
  return text;
}

std::string connect_head(const Url& url, const std::string& proxy_authorization) {
  const bool six = url.host.find(':') != std::string::npos;
  const std::string peer = (six ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port);
  std::string text = "CONNECT " + peer + " HTTP/1.1\r\n";
  append_field(text, "Host", peer);
  if (!proxy_authorization.empty()) append_field(text, "Proxy-Authorization", proxy_authorization);
  text += "\r\n";
  return text;
}

std::string basic_authorization(std::string_view user_info) {
  std::string encoded(4 * ((user_info.size() + 2) / 3) + 1, '\0');
  const int bytes = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                    reinterpret_cast<const unsigned char*>(user_info.data()),
                                    static_cast<int>(user_info.size()));
  encoded.resize(static_cast<std::size_t>(bytes));
  return "Basic " + encoded;
}

std::string response_head(int status, const HttpHeaders& headers, BodyFraming framing,
                          std::size_t body_bytes, bool keep_alive) {
  std::string text;
  text.reserve(256);
  text += "HTTP/1.1 ";
  text += std::to_string(status);
  text += ' ';
  text += reason_phrase(status);
  text += "\r\n";
  append_fields(text, headers);
  if (framing == BodyFraming::length) {
    append_field(text, "Content-Length", std::to_string(body_bytes));
  }
  if (framing == BodyFraming::chunked) append_field(text, "Transfer-Encoding", "chunked");
  append_field(text, "Connection", keep_alive ? "keep-alive" : "close");
  text += "\r\n";
  return text;
}

std::string http_date(std::int64_t unix_seconds) {
  // By hand, for strftime would write the days in the language of the locale.
  constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = unix_seconds;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 64> text;
  const int length = std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                                   kDays[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                                   kMonths[static_cast<std::size_t>(parts.tm_mon)],
                                   parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string_view reason_phrase(int status) {
  for (const Reason& reason : kReasons) {
    if (reason.status == status) return reason.phrase;
  }
  return "Status";
}

}  // namespace yoke
