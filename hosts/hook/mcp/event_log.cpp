#include "hosts/hook/mcp/event_log.h"

#include <charconv>

namespace yoke::mcp_hook {
namespace {

constexpr std::chrono::seconds kHeartbeat{15};
constexpr const char* kRetry = "retry: 1000\n";  // ms until a client comes back

}  // namespace

void EventLog::push(const mcp::RpcMessage& message) {
  if (ended_) return;
  items_.push_back(Item{++count_, mcp::to_text(message)});
  bytes_ += items_.back().text.size();
  while (bytes_ > kLogBytesMax && items_.size() > 1) {
    bytes_ -= items_.front().text.size();
    items_.pop_front();
  }
  if (reader_ != nullptr) reader_->notify();
}

void EventLog::end() {
  ended_ = true;
  if (reader_ != nullptr) reader_->notify();
}

const std::string* EventLog::only() const {
  const bool alone = ended_ && count_ == 1 && items_.size() == 1;
  return alone ? &items_.front().text : nullptr;
}

const std::string* EventLog::last() const {
  return ended_ && !items_.empty() ? &items_.back().text : nullptr;
}

// The place of whoever reads; whoever comes later takes it over.
class EventLog::Seat {
 public:
  explicit Seat(EventLog& log) : log_(log) {
    Signal* const before = std::exchange(log_.reader_, &news);
    if (before != nullptr) before->notify();  // it leaves
  }
  ~Seat() {
    if (is_mine()) log_.reader_ = nullptr;
  }
  Seat(const Seat&) = delete;
  Seat& operator=(const Seat&) = delete;

  bool is_mine() const { return log_.reader_ == &news; }
  Signal news;

 private:
  EventLog& log_;
};

awaitable<bool> EventLog::first(Deadline until) {
  Seat seat(*this);
  bool came = true;
  while (items_.empty() && !ended_ && came) came = co_await seat.news.wait_until(until);
  co_return !items_.empty() || ended_;
}

awaitable<bool> EventLog::ended() {
  Seat seat(*this);
  while (!ended_ && seat.is_mine()) co_await seat.news.wait();
  co_return ended_;
}

const EventLog::Item* EventLog::after(std::int64_t number) const {
  for (const Item& item : items_) {
    if (item.number > number) return &item;
  }
  return nullptr;
}

std::string EventLog::event_text(const Item& item) const {
  return "id: " + id_ + "_" + std::to_string(item.number) + "\nevent: message\ndata: " + item.text +
         "\n\n";
}

awaitable<void> EventLog::write(std::shared_ptr<EventLog> log, Reading reading,
                                HttpWriter& writer) {
  Seat seat(*log);
  std::string text = kRetry;
  if (reading.primed) {
    text += "id: " + log->id_ + "_" + std::to_string(reading.after) + "\ndata: \n";
  }
  text += "\n";
  auto spoken = LoopClock::now();
  while (seat.is_mine()) {
    if (!text.empty()) {
      auto writing = writer.write(std::exchange(text, {}));
      const bool open = co_await std::move(writing);
      if (!open) break;
    }
    if (const Item* item = log->after(reading.after)) {
      text = log->event_text(*item);
      reading.after = item->number;
      spoken = LoopClock::now();
      continue;
    }
    if (log->ended_) break;
    const bool silent = LoopClock::now() >= spoken + reading.silence;
    if (reading.primed && silent) break;
    Deadline until = LoopClock::now() + kHeartbeat;
    if (reading.primed) until = std::min<Deadline>(until, spoken + reading.silence);
    const bool came = co_await seat.news.wait_until(until);
    if (!came) text = ":\n\n";
  }
}

std::optional<EventPlace> event_place(std::string_view text) {
  const std::size_t line = text.rfind('_');
  if (line == std::string_view::npos || line == 0) return std::nullopt;
  EventPlace place;
  place.stream = std::string(text.substr(0, line));
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + line + 1, end, place.number);
  if (error != std::errc() || stop != end || place.number < 0) return std::nullopt;
  return place;
}

}  // namespace yoke::mcp_hook
