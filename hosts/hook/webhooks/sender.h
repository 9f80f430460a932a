#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>

#include "hosts/hook/hook_log.h"
#include "hosts/hook/webhooks/sending.h"
#include "runtime/engine/feed.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"
#include "runtime/store/store.h"

namespace yoke {

// Sends what the store's outbox holds for webhooks: signed, at least once, in the order of each
// lane, again and again over three days.
//
// Ownership: borrows everything. run() is joined before it goes; it is no listener any more then.
// Threads:   loop thread only.
// Errors:    a store that cannot be written now, its disk being full, is asked again until it can:
//            what came of a message stays known meanwhile. One that cannot be read ends run().
// Cancellation of run(): what is being sent is given up; the next process sends it again.
class WebhookSender final : public Listener {
 public:
  using Send = std::function<awaitable<HttpOutcome>(HttpRequest request, Deadline deadline)>;
  struct Parts {
    asio::any_io_executor executor;
    Store& store;
    WallClock& wall;
    Random& random;
    Send send;
    HookLog log = {};
  };
  struct Options {
    std::size_t at_once = 32;
    std::size_t per_destination = 4;
    std::chrono::seconds timeout{20};
    std::chrono::hours keep{24 * 30};  // what was settled, for who asks
  };
  WebhookSender(Parts parts, Outbounds to, Options options);

  awaitable<void> run();

  // Sends a message out of turn, and says what came of it.
  struct Sent {
    bool ok = false;
    std::string why;  // of what failed
  };
  // Errors: not_found (no such section), invalid (it has no URL of its own).
  awaitable<Result<Sent>> send_now(std::string name, std::string url, std::string id,
                                   std::string payload);
  const Outbounds& destinations() const { return to_; }

  void on_event(const Event& event) override;
  void on_delta(std::string_view, std::string_view, const Delta&) override {}
  void on_progress(std::string_view, std::string_view, double, double, std::string_view) override {}
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

 private:
  awaitable<void> work_off();
  awaitable<void> begin_due();
  awaitable<void> send_row(OutboxRow row, std::string place);
  awaitable<SendAttempt> try_to(const Outbound& to, OutboxRow row);
  awaitable<void> put_off(std::int64_t id, std::string last_error);
  awaitable<void> settle(std::int64_t id, OutboxOutcome outcome);
  awaitable<void> forget_old();
  awaitable<Deadline> next_look();
  void note(const OutboxRow& row, const SendAttempt& attempt) const;
  void note_fault(const char* what, const std::string& why) const;

  Parts parts_;
  const Outbounds to_;
  const Options options_;
  std::set<EventKind> told_;                 // to somebody, perhaps
  std::map<std::string, std::size_t> busy_;  // by destination and URL
  std::size_t sending_ = 0;
  std::size_t putting_off_ = 0;
  Micros forget_at_ = 0;
  std::chrono::seconds fault_wait_{0};  // 0: the store could be written the last time
  Deadline not_before_{};               // it is not asked to write
  Signal changed_;
  TaskGroup tasks_;  // last: they use what is above
};

}  // namespace yoke
