#pragma once

#include <deque>
#include <memory>
#include <string>

#include "hosts/hook/mcp/session.h"

namespace yoke::mcp_hook {

// The messages of one stream of a session, kept so that a client that lost it comes back for them:
// each has a number, and Last-Event-ID is "STREAM_NUMBER".
//
// Threads: loop thread only.
// Limits:  kLogBytesMax; the oldest go first.
class EventLog final : public Way {
 public:
  explicit EventLog(std::string id) : id_(std::move(id)) {}

  void push(const mcp::RpcMessage& message) override;
  void end() override;

  const std::string& id() const { return id_; }
  bool has_ended() const { return ended_; }
  std::size_t bytes() const { return bytes_; }
  // The only message, where the stream has ended with it; else null.
  const std::string* only() const;
  // The message that the stream has ended with: a request's answer. Null: it has not, or with none.
  const std::string* last() const;

  // Waits until something is there, or the end, or until then. False: nothing is.
  awaitable<bool> first(Deadline until);
  awaitable<bool> ended();  // waits for the end; false: another reader took over

  struct Reading {
    std::int64_t after = 0;  // the number of the last message that the client has
    bool primed = false;     // it comes back: told where it stands, and let go in silence
    std::chrono::milliseconds silence{60'000};
  };
  // Writes what there is and what comes, until the end, or until another reader takes over.
  static awaitable<void> write(std::shared_ptr<EventLog> log, Reading reading, HttpWriter& writer);

 private:
  struct Item {
    std::int64_t number = 0;
    std::string text;
  };
  class Seat;
  const Item* after(std::int64_t number) const;
  std::string event_text(const Item& item) const;

  const std::string id_;
  std::deque<Item> items_;
  std::size_t bytes_ = 0;
  std::int64_t count_ = 0;
  bool ended_ = false;
  Signal* reader_ = nullptr;  // of whoever reads now
};

inline constexpr std::size_t kLogBytesMax = 4u << 20;

// "STREAM_NUMBER" taken apart; none: it is no such id.
struct EventPlace {
  std::string stream;
  std::int64_t number = 0;
};
std::optional<EventPlace> event_place(std::string_view text);

}  // namespace yoke::mcp_hook
