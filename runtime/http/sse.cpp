#include "runtime/http/sse.h"

#include <algorithm>
#include <charconv>

namespace yoke {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kIdBytesMax = 1024;

}  // namespace

SseParser::SseParser(std::size_t event_bytes_max) : event_bytes_max_(event_bytes_max) {}

Result<void> SseParser::too_large() {
  failed_ = true;
  return Error{Errc::too_large,
               "a server-sent event has more than " + std::to_string(event_bytes_max_) + " bytes"};
}

// Takes a byte order mark off the stream's start, even when it comes in pieces.
std::string_view SseParser::skip_mark(std::string_view bytes) {
  while (!started_ && !bytes.empty()) {
    if (bytes.front() != kByteOrderMark[mark_bytes_]) {
      line_.assign(kByteOrderMark.substr(0, mark_bytes_));  // it was none
      started_ = true;
      break;
    }
    bytes.remove_prefix(1);
    mark_bytes_ += 1;
    started_ = mark_bytes_ == kByteOrderMark.size();
  }
  return bytes;
}

Result<void> SseParser::feed(std::string_view bytes, std::vector<SseEvent>& events) {
  if (failed_) return too_large();
  bytes = skip_mark(bytes);
  while (!bytes.empty()) {
    if (after_cr_) {
      after_cr_ = false;
      if (bytes.front() == '\n') bytes.remove_prefix(1);
      continue;
    }
    const std::size_t end = bytes.find_first_of("\r\n");
    const std::string_view part = bytes.substr(0, end);
    if (line_.size() + part.size() > event_bytes_max_) return too_large();
    if (end == std::string_view::npos) {
      line_ += part;
      break;
    }
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    Result<void> done;
    if (line_.empty()) {
      done = end_line(part, events);
    } else {
      line_ += part;
      done = end_line(line_, events);
      line_.clear();
    }
    if (!done) return done;
  }
  return {};
}

Result<void> SseParser::end_line(std::string_view line, std::vector<SseEvent>& events) {
  if (line.empty()) {
    dispatch(events);
    return {};
  }
  const std::size_t colon = line.find(':');
  if (colon == 0) return {};  // a comment
  if (colon == std::string_view::npos) return field(line, {});
  std::string_view value = line.substr(colon + 1);
  if (value.starts_with(' ')) value.remove_prefix(1);
  return field(line.substr(0, colon), value);
}

Result<void> SseParser::field(std::string_view name, std::string_view value) {
  if (name == "data") {
    if (data_.size() + value.size() + 1 > event_bytes_max_) return too_large();
    if (has_data_) data_ += '\n';
    data_ += value;
    has_data_ = true;
    has_fields_ = true;
  } else if (name == "event") {
    event_ = value;
    has_fields_ = true;
  } else if (name == "id") {
    const bool fits = value.size() <= kIdBytesMax;  // each later event gets a copy
    if (fits && value.find('\0') == std::string_view::npos) last_id_ = value;
  } else if (name == "retry") {
    std::int64_t ms = 0;
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (value.empty() || !std::all_of(value.begin(), value.end(), digit)) return {};
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), ms);
    constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;
    if (error == std::errc() && ms <= kDayMs) retry_ = std::chrono::milliseconds(ms);
  }
  return {};
}

void SseParser::dispatch(std::vector<SseEvent>& events) {
  if (has_data_) {
    SseEvent event;
    event.event = event_.empty() ? "message" : std::move(event_);
    event.data = std::move(data_);
    event.id = last_id_;
    events.push_back(std::move(event));
  }
  event_.clear();
  data_.clear();
  has_data_ = false;
  has_fields_ = false;
}

}  // namespace yoke
