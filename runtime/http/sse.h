#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace yoke {

struct SseEvent {
  std::string event;  // its type; "message" when the stream gives none
  std::string data;
  std::string id;  // the last id seen, this event's or an earlier one's

  bool operator==(const SseEvent&) const = default;
};

// Reads server-sent events from bytes cut anywhere. Pure.
// Limits: a line, and the data of one event, have at most `event_bytes_max` bytes; an id of over
//         1 KiB is not taken over.
class SseParser {
 public:
  explicit SseParser(std::size_t event_bytes_max = 4 * 1024 * 1024);

  // Adds the events that `bytes` complete to `events`.
  // too_large: over the limit; the parser takes nothing more.
  Result<void> feed(std::string_view bytes, std::vector<SseEvent>& events);

  // An event that the stream's end cut off is dropped, as the standard has it. True when there was
  // something to drop.
  bool has_partial() const { return !line_.empty() || has_fields_; }
  const std::string& last_id() const { return last_id_; }
  std::optional<std::chrono::milliseconds> retry() const { return retry_; }

 private:
  Result<void> too_large();
  Result<void> end_line(std::string_view line, std::vector<SseEvent>& events);
  Result<void> field(std::string_view name, std::string_view value);
  void dispatch(std::vector<SseEvent>& events);
  std::string_view skip_mark(std::string_view bytes);

  std::size_t event_bytes_max_;
  std::size_t mark_bytes_ = 0;  // of the byte order mark, seen so far
  bool started_ = false;        // past the place for a byte order mark
  bool after_cr_ = false;
  bool failed_ = false;
  bool has_data_ = false;
  bool has_fields_ = false;
  std::string line_;  // the unfinished one
  std::string event_;
  std::string data_;
  std::string last_id_;
  std::optional<std::chrono::milliseconds> retry_;
};

}  // namespace yoke
