#include "runtime/http/request_reader.h"

#include <algorithm>
#include <array>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kMethodBytesMax = 32;
constexpr std::size_t kChunkSizeDigitsMax = 8;
constexpr std::string_view kBadSize = "A chunk's size is no plain hexadecimal number.";
constexpr std::string_view kLongChunk = "A chunk is longer than its size.";
constexpr std::string_view kTrailer = "Trailer fields are not taken.";
constexpr std::size_t kFirstReserve = 64 * 1024;  // an announced length alone costs no more

// Fields that mean something else, or nothing, when there are two of them.
constexpr std::array<std::string_view, 7> kSingles{
    "Host",   "Content-Length", "Transfer-Encoding", "Content-Type", "Authorization",
    "Origin", "Expect"};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::size_t count(const HttpHeaders& headers, std::string_view name) {
  return static_cast<std::size_t>(std::count_if(
      headers.begin(), headers.end(),
      [name](const HttpHeaders::Field& field) { return equal_ignoring_case(field.first, name); }));
}

bool is_target_byte(char c) { return c > 0x20 && c < 0x7f && c != '#'; }

// A host name, an IPv4 address or an IPv6 address in brackets, with or without a port; may be
// empty, as a client of a socket file has it.
bool is_host(std::string_view text) {
  constexpr std::string_view kOthers = "-._~%:[]";
  return std::all_of(text.begin(), text.end(), [kOthers](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || is_digit(c) || kOthers.find(c) != std::string_view::npos;
  });
}

// Whether all fields of that name are lists of tokens; empty items are nothing.
bool lists_tokens(const HttpHeaders& headers, std::string_view name) {
  for (const auto& [field, value] : headers) {
    if (!equal_ignoring_case(field, name)) continue;
    for (const std::string& item : split(value, ',')) {
      const std::string_view token = trim(item);
      if (!token.empty() && !is_http_token(token)) return false;
    }
  }
  return true;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

// Of a request line that is not whole or not sound: whose request it was meant to be.
void RequestReader::see_target() {
  if (!request_.url.empty() || has_head()) return;
  const std::string_view line = line_;
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos || !line.substr(blank + 1).starts_with('/')) return;
  const std::string_view rest = line.substr(blank + 1, kSeenTargetMax);
  const auto* end = std::find_if_not(rest.begin(), rest.end(), is_target_byte);
  request_.url.assign(rest.begin(), end);
  const std::string_view method = line.substr(0, blank);
  const bool sound = method.size() <= kMethodBytesMax && is_http_token(method);
  request_.method = sound ? method : std::string_view();
}

HttpRequest RequestReader::take_seen() {
  see_target();
  HttpRequest seen = std::move(request_);
  seen.body.clear();
  if (seen.url.empty()) seen.method.clear();
  return seen;
}

bool RequestReader::refuse(HttpRefusal why, std::string_view detail) {
  see_target();
  stage_ = Stage::refused;
  refusal_ = RequestRefusal{why, detail};
  return false;
}

RequestReader::State RequestReader::feed(std::string_view bytes, std::size_t& used) {
  const std::size_t given = bytes.size();
  while (!bytes.empty() && stage_ != Stage::done && stage_ != Stage::refused) {
    if (!step(bytes)) break;
  }
  used = given - bytes.size();
  if (stage_ == Stage::done) return State::done;
  return stage_ == Stage::refused ? State::refused : State::more;
}

bool RequestReader::step(std::string_view& bytes) {
  const bool in_data = stage_ == Stage::chunk_data || (stage_ == Stage::body && !chunked_);
  return in_data ? take_body(bytes) : gather_line(bytes);
}

bool RequestReader::gather_line(std::string_view& bytes) {
  while (!bytes.empty()) {
    const char byte = bytes.front();
    bytes.remove_prefix(1);
    if (!has_head() && ++head_bytes_ > limits_.header_bytes_max) {
      return refuse(HttpRefusal::large_head, "The request's head is too large.");
    }
    if (after_cr_ && byte != '\n') {
      return refuse(HttpRefusal::malformed, "A CR stands without its LF.");
    }
    if (after_cr_) {
      after_cr_ = false;
      return end_line();
    }
    if (!take_byte(byte)) return false;
  }
  return true;
}

bool RequestReader::take_byte(char byte) {
  if (byte == '\r') {
    after_cr_ = true;
    return true;
  }
  if (byte == '\n') return refuse(HttpRefusal::malformed, "An LF stands without its CR.");
  if (byte == 0x16 && stage_ <= Stage::request_line && line_.empty()) {
    return refuse(HttpRefusal::malformed,
                  "This port speaks plain HTTP: use http://, not https://.");
  }
  const auto code = static_cast<unsigned char>(byte);
  if ((code < 0x20 && byte != '\t') || code == 0x7f) {
    return refuse(HttpRefusal::malformed, "A control character stands in the head.");
  }
  if (stage_ == Stage::start) stage_ = Stage::request_line;
  if (stage_ == Stage::request_line && line_.size() > limits_.target_bytes_max + 64) {
    return refuse(HttpRefusal::long_target, "The request's target is too long.");
  }
  if (stage_ == Stage::chunk_end) return refuse(HttpRefusal::malformed, kLongChunk);
  if (stage_ == Stage::last_line) return refuse(HttpRefusal::malformed, kTrailer);
  if (has_head() && line_.size() >= kChunkSizeDigitsMax) {
    return refuse(HttpRefusal::malformed, kBadSize);
  }
  line_ += byte;
  return true;
}

bool RequestReader::end_line() {
  bool going = false;
  switch (stage_) {
    case Stage::start:
      stage_ = Stage::request_line;  // one empty line: what some clients send after a body
      going = true;
      break;
    case Stage::request_line:
      going = take_request_line();
      break;
    case Stage::fields:
      going = line_.empty() ? end_head() : take_field();
      break;
    case Stage::body:
    case Stage::chunk_size:
      going = take_chunk_size();
      break;
    case Stage::chunk_end:
      stage_ = Stage::chunk_size;
      going = true;
      break;
    case Stage::last_line:
      stage_ = Stage::done;
      break;
    default:
      break;
  }
  line_.clear();
  return going;
}

bool RequestReader::take_request_line() {
  const std::string_view line = line_;
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return refuse(HttpRefusal::malformed, "The first line is no HTTP/1.x request line.");
  }
  const std::string_view method = line.substr(0, first);
  if (method.size() > kMethodBytesMax || !is_http_token(method)) {
    return refuse(HttpRefusal::malformed, "The request's method is no token.");
  }
  request_.method = method;
  if (!take_version(line.substr(last + 1))) return false;
  if (!take_target(line.substr(first + 1, last - first - 1))) return false;
  stage_ = Stage::fields;
  return true;
}

bool RequestReader::take_version(std::string_view version) {
  if (version == "HTTP/1.1" || version == "HTTP/1.0") {
    old_ = version.back() == '0';
    return true;
  }
  const bool numbered = version.size() == 8 && version.starts_with("HTTP/") &&
                        is_digit(version[5]) && version[6] == '.' && is_digit(version[7]);
  if (numbered) return refuse(HttpRefusal::version, "This server speaks HTTP/1.1.");
  return refuse(HttpRefusal::malformed, "The first line is no HTTP/1.x request line.");
}

bool RequestReader::take_target(std::string_view target) {
  if (target.size() > limits_.target_bytes_max) {
    return refuse(HttpRefusal::long_target, "The request's target is too long.");
  }
  const bool of_server = target == "*" && request_.method == "OPTIONS";
  if (!of_server && !target.starts_with('/')) {
    return refuse(HttpRefusal::malformed, "The request's target is no path: it begins with \"/\".");
  }
  if (!std::all_of(target.begin(), target.end(), is_target_byte)) {
    return refuse(HttpRefusal::malformed,
                  "The request's target holds a character that has to be percent-encoded.");
  }
  request_.url = target;
  return true;
}

bool RequestReader::take_field() {
  const std::string_view line = line_;
  if (line.front() == ' ' || line.front() == '\t') {
    return refuse(HttpRefusal::malformed, "A header field is folded over two lines.");
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_http_token(line.substr(0, colon))) {
    return refuse(HttpRefusal::malformed, "A header field's name is no token before a colon.");
  }
  if (request_.headers.size() >= limits_.headers_max) {
    return refuse(HttpRefusal::large_head, "The request has too many header fields.");
  }
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  request_.headers.add(std::string(line.substr(0, colon)), std::string(value));
  return true;
}

bool RequestReader::check_singles() {
  for (const std::string_view name : kSingles) {
    if (count(request_.headers, name) > 1) {
      return refuse(HttpRefusal::malformed, "A header field stands there twice that may not.");
    }
  }
  const std::string* host = request_.headers.find("Host");
  if (host == nullptr && !old_) return refuse(HttpRefusal::malformed, "There is no Host field.");
  if (host != nullptr && !is_host(*host)) {
    return refuse(HttpRefusal::malformed, "The Host field names no host.");
  }
  return true;
}

bool RequestReader::end_head() {
  if (!check_singles()) return false;
  const HttpHeaders& headers = request_.headers;
  if (!lists_tokens(headers, "Connection")) {
    return refuse(HttpRefusal::malformed, "The Connection field is no list of tokens.");
  }
  const bool close = headers.lists("Connection", "close");
  keeps_alive_ = !close && (!old_ || headers.lists("Connection", "keep-alive"));
  const std::string* expect = headers.find("Expect");
  if (expect != nullptr && !old_) {
    if (!equal_ignoring_case(*expect, "100-continue")) {
      return refuse(HttpRefusal::expectation, "The only expectation met here is 100-continue.");
    }
    expects_continue_ = true;
  }
  return choose_framing();
}

bool RequestReader::choose_framing() {
  const std::string* coding = request_.headers.find("Transfer-Encoding");
  const std::string* length = request_.headers.find("Content-Length");
  stage_ = Stage::body;
  if (coding != nullptr && length != nullptr) {
    return refuse(HttpRefusal::malformed,
                  "Content-Length and Transfer-Encoding stand beside each other.");
  }
  if (coding != nullptr) {
    if (old_) return refuse(HttpRefusal::malformed, "HTTP/1.0 has no Transfer-Encoding.");
    chunked_ = equal_ignoring_case(*coding, "chunked");
    if (chunked_) return true;
    return refuse(HttpRefusal::coding, "The only transfer coding taken is \"chunked\".");
  }
  if (length != nullptr) return take_length(*length);
  stage_ = Stage::done;
  return true;
}

bool RequestReader::take_length(std::string_view text) {
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) {
    return refuse(HttpRefusal::malformed, "Content-Length is no plain number.");
  }
  constexpr std::size_t kDigitsMax = 18;  // in 64 bits, whatever they are
  for (const char digit : text.substr(0, kDigitsMax)) {
    left_ = left_ * 10 + static_cast<std::uint64_t>(digit - '0');
  }
  if (text.size() > kDigitsMax || left_ > limits_.body_bytes_max) {
    return refuse(HttpRefusal::large_body, "The request's body is too large.");
  }
  request_.body.reserve(std::min<std::size_t>(left_, kFirstReserve));
  if (left_ == 0) stage_ = Stage::done;
  return true;
}

bool RequestReader::take_body(std::string_view& bytes) {
  const std::size_t taken = std::min<std::uint64_t>(left_, bytes.size());
  request_.body.append(bytes.substr(0, taken));
  bytes.remove_prefix(taken);
  left_ -= taken;
  if (left_ == 0) stage_ = chunked_ ? Stage::chunk_end : Stage::done;
  return true;
}

bool RequestReader::take_chunk_size() {
  const bool plain = !line_.empty() && std::all_of(line_.begin(), line_.end(),
                                                   [](char c) { return hex_digit(c) >= 0; });
  if (!plain) return refuse(HttpRefusal::malformed, kBadSize);
  left_ = 0;
  for (const char digit : line_) left_ = left_ * 16 + static_cast<std::uint64_t>(hex_digit(digit));
  if (left_ > limits_.body_bytes_max - request_.body.size()) {
    return refuse(HttpRefusal::large_body, "The request's body is too large.");
  }
  stage_ = left_ == 0 ? Stage::last_line : Stage::chunk_data;
  return true;
}

}  // namespace yoke
