#include "hosts/hook/webhooks/sender.h"

#include <algorithm>

#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

using std::chrono::seconds;

constexpr Micros kSecond = 1'000'000;
constexpr Micros kBusyWait = 2 * kSecond;
constexpr Micros kHour = 3600 * kSecond;
constexpr std::chrono::seconds kLookMax{60};
constexpr std::chrono::seconds kFaultWaitMax{60};
constexpr std::size_t kPutOffMax = 4;  // times as many as are sent at once

// From a second on, twice as long each time.
seconds longer(seconds wait) { return std::clamp(2 * wait, seconds(1), kFaultWaitMax); }

std::string place_of(const OutboxRow& row) {
  return row.destination + "|" + string_at(row.body, "url");
}

}  // namespace

WebhookSender::WebhookSender(Parts parts, Outbounds to, Options options)
    : parts_(std::move(parts)), to_(std::move(to)), options_(options), tasks_(parts_.executor) {
  for (const EventSpec& spec : event_table()) {
    for (const auto& [name, each] : to_) {
      if (each.may_tell(spec.name)) told_.insert(spec.kind);
    }
  }
}

void WebhookSender::on_event(const Event& event) {
  // A look at the store for each turn of the loop at most: the signal is a latch.
  if (told_.count(event.kind) != 0) changed_.notify();
}

awaitable<void> WebhookSender::run() {
  std::exception_ptr failure;
  try {
    for (;;) {
      auto working = work_off();
      co_await std::move(working);
      auto looking = next_look();
      const Deadline until = co_await std::move(looking);
      auto waiting = changed_.wait();
      auto racing = with_deadline(until, std::move(waiting));
      try {
        co_await std::move(racing);
      } catch (const DeadlineExceeded&) {
        // It is time to look again.
      }
    }
  } catch (...) {
    failure = std::current_exception();
  }
  // The tasks use what whoever joins this is about to free.
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  tasks_.cancel();
  std::exception_ptr of_task;
  try {
    co_await tasks_.join();
  } catch (...) {
    of_task = std::current_exception();
  }
  if (of_task && is_cancellation(failure)) std::rethrow_exception(of_task);
  std::rethrow_exception(failure);
}

// Begins to send what is due, and drops what is old.
awaitable<void> WebhookSender::work_off() {
  auto asking = parts_.store.next_outbox();
  const Micros next = co_await std::move(asking);
  if (LoopClock::now() < not_before_) co_return;
  std::optional<std::string> why;
  try {
    if (next != 0 && next <= parts_.wall.now()) {
      auto beginning = begin_due();
      co_await std::move(beginning);
    }
    auto forgetting = forget_old();
    co_await std::move(forgetting);
  } catch (const StoreFault& fault) {
    why = fault.what();
  }
  fault_wait_ = why ? longer(fault_wait_) : seconds(0);
  not_before_ = LoopClock::now() + fault_wait_;
  if (why) note_fault("nothing can be sent", *why);
}

awaitable<void> WebhookSender::begin_due() {
  while (sending_ < options_.at_once && putting_off_ < kPutOffMax * options_.at_once) {
    const int room = static_cast<int>(options_.at_once - sending_);
    auto claiming = parts_.store.claim_outbox(parts_.wall.now(), room);
    std::vector<OutboxRow> rows = co_await std::move(claiming);
    if (rows.empty()) co_return;
    for (OutboxRow& row : rows) {
      std::string place = place_of(row);
      if (busy_[place] >= options_.per_destination) {
        ++putting_off_;
        tasks_.spawn(put_off(row.id, std::move(row.last_error)));
        continue;
      }
      ++busy_[place];
      ++sending_;
      tasks_.spawn(send_row(std::move(row), std::move(place)));
    }
  }
}

// The destination has its hands full: others come first.
awaitable<void> WebhookSender::put_off(std::int64_t id, std::string last_error) {
  OutboxOutcome later = OutboxRetry{parts_.wall.now() + kBusyWait, std::move(last_error)};
  auto settling = settle(id, std::move(later));
  co_await std::move(settling);
  --putting_off_;
  changed_.notify();
}

// Until it is on record: a row that is not settled is this process's, and would be sent by the next
// one only.
awaitable<void> WebhookSender::settle(std::int64_t id, OutboxOutcome outcome) {
  for (seconds wait = longer(seconds(0));; wait = longer(wait)) {
    std::string why;
    try {
      auto settling = parts_.store.settle_outbox(id, outcome);
      // Erased or settled meanwhile: there is nothing left to do.
      [[maybe_unused]] const Result<void> settled = co_await std::move(settling);
      co_return;
    } catch (const StoreFault& fault) {
      why = fault.what();
    }
    note_fault("what came of a message cannot be kept", why);
    auto sleeping = sleep_until(LoopClock::now() + wait);
    co_await std::move(sleeping);
  }
}

awaitable<void> WebhookSender::send_row(OutboxRow row, std::string place) {
  SendAttempt attempt;
  const auto to = to_.find(row.destination);
  if (to == to_.end()) {
    attempt.end = SendAttempt::End::never;
    attempt.why = "there is no [webhooks." + row.destination + "] any more";
  } else {
    auto attempting = try_to(to->second, row);
    attempt = co_await std::move(attempting);
  }
  OutboxOutcome outcome = OutboxSent{};
  if (attempt.end == SendAttempt::End::again) {
    outcome = OutboxRetry{parts_.wall.now() + attempt.wait.count() * kSecond, attempt.why};
  } else if (attempt.end == SendAttempt::End::never) {
    outcome = OutboxGivenUp{attempt.why};
  }
  note(row, attempt);
  auto settling = settle(row.id, std::move(outcome));
  co_await std::move(settling);
  --sending_;
  if (--busy_[place] == 0) busy_.erase(place);
  changed_.notify();
}

awaitable<SendAttempt> WebhookSender::try_to(const Outbound& to, OutboxRow row) {
  const std::string url = to.url.empty() ? string_at(row.body, "url") : to.url;
  const Micros now = parts_.wall.now();
  HttpRequest request =
      webhook_request(to, url, string_at(row.body, "id"), string_at(row.body, "payload"), now);
  auto sending = parts_.send(std::move(request), LoopClock::now() + options_.timeout);
  const HttpOutcome outcome = co_await std::move(sending);
  const seconds age((parts_.wall.now() - row.at) / kSecond);
  co_return attempt_of(outcome, std::max(age, seconds(0)), parts_.wall.now(), parts_.random);
}

awaitable<Result<WebhookSender::Sent>> WebhookSender::send_now(std::string name, std::string url,
                                                               std::string id,
                                                               std::string payload) {
  const auto to = to_.find(name);
  if (to == to_.end()) {
    co_return Error{Errc::not_found, "there is no webhook '" + name + "'"};
  }
  if (url.empty()) url = to->second.url;
  if (url.empty()) {
    co_return Error{Errc::invalid, "'" + name + "' has no URL of its own: each run names one"};
  }
  HttpRequest request = webhook_request(to->second, url, id, payload, parts_.wall.now());
  auto sending = parts_.send(std::move(request), LoopClock::now() + options_.timeout);
  const HttpOutcome outcome = co_await std::move(sending);
  const SendAttempt attempt = attempt_of(outcome, seconds(0), parts_.wall.now(), parts_.random);
  co_return Sent{attempt.end == SendAttempt::End::done, attempt.why};
}

awaitable<void> WebhookSender::forget_old() {
  const Micros now = parts_.wall.now();
  if (now < forget_at_) co_return;
  forget_at_ = now + kHour;
  const Micros kept = std::chrono::microseconds(options_.keep).count();
  auto dropping = parts_.store.drop_outbox(now - kept);
  [[maybe_unused]] const Result<std::int64_t> dropped = co_await std::move(dropping);
}

awaitable<Deadline> WebhookSender::next_look() {
  const Deadline last = LoopClock::now() + kLookMax;
  if (sending_ >= options_.at_once) co_return last;  // the first that ends tells
  auto asking = parts_.store.next_outbox();
  const Micros next = co_await std::move(asking);
  if (next == 0) co_return last;
  const Micros wait = std::max<Micros>(next - parts_.wall.now(), 0);
  const Deadline due = LoopClock::now() + std::chrono::microseconds(wait);
  co_return std::min(last, std::max(due, not_before_));
}

void WebhookSender::note_fault(const char* what, const std::string& why) const {
  if (parts_.log) parts_.log("webhook.delayed", Json{{"what", what}, {"why", why}});
}

void WebhookSender::note(const OutboxRow& row, const SendAttempt& attempt) const {
  if (!parts_.log) return;
  Json fields{{"webhook", row.destination},
              {"run", row.run_id},
              {"seq", row.seq},
              {"tries", row.tries},
              {"type", string_at(row.body, "type")}};
  if (attempt.end == SendAttempt::End::done) return parts_.log("webhook.sent", fields);
  fields["why"] = attempt.why;
  parts_.log(attempt.end == SendAttempt::End::again ? "webhook.postponed" : "webhook.given_up",
             fields);
}

}  // namespace yoke
