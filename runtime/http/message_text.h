#pragma once

#include <string>
#include <string_view>

#include "runtime/http/http.h"
#include "runtime/http/url.h"

namespace yoke {

struct RequestLine {
  bool whole_url = false;           // as a plain proxy wants it
  bool accepts_gzip = false;        // say that compressed answers are welcome
  std::string proxy_authorization;  // empty: none
};

// Why `request` cannot be written as a message: a broken method, field name or value.
Result<void> check_request(const HttpRequest& request);

// The head of a message, its last empty line included. Framing fields are ours: those of the caller
// (Content-Length, Transfer-Encoding, Connection …) are left out.
std::string request_head(const HttpRequest& request, const Url& url, const RequestLine& line);
std::string connect_head(const Url& url, const std::string& proxy_authorization);
std::string basic_authorization(std::string_view user_info);  // "Basic …"

enum class BodyFraming : std::uint8_t { length, chunked, until_close, none };
std::string response_head(int status, const HttpHeaders& headers, BodyFraming framing,
                          std::size_t body_bytes, bool keep_alive);
std::string_view reason_phrase(int status);
std::string http_date(std::int64_t unix_seconds);  // "Sat, 21 Nov 2026 10:00:00 GMT"

}  // namespace yoke
