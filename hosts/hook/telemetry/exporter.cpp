#include "hosts/hook/telemetry/exporter.h"

#include <algorithm>
#include <charconv>

#include "runtime/loop/deadline.h"

namespace yoke {
namespace {

constexpr std::chrono::milliseconds kFirstWait{1000};
constexpr std::chrono::milliseconds kLongestWait{30'000};
constexpr std::chrono::milliseconds kNever{-1};

bool may_retry(int status) {
  return status == 429 || status == 502 || status == 503 || status == 504;
}

// Retry-After in seconds; a date is taken for no answer.
std::optional<std::chrono::milliseconds> retry_after(const HttpHeaders& headers) {
  const std::string_view text = headers.get("Retry-After");
  int seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  if (!whole || text.empty() || seconds < 0) return std::nullopt;
  return std::min(kLongestWait, std::chrono::milliseconds(std::chrono::seconds(seconds)));
}

}  // namespace

OtlpExporter::OtlpExporter(asio::any_io_executor executor, HttpSender& sender, Options options)
    : sender_(sender), options_(std::move(options)), tasks_(std::move(executor)) {}

void OtlpExporter::start() { tasks_.spawn(send_always()); }

void OtlpExporter::offer(std::vector<Span> spans) {
  for (Span& span : spans) {
    if (queue_.size() >= options_.queue_max) {
      ++stats_.dropped;
    } else {
      queue_.push_back(std::move(span));
    }
  }
  if (queue_.size() >= options_.batch_max) more_.notify();
}

OtlpExporter::Stats OtlpExporter::stats() const {
  Stats stats = stats_;
  stats.queued = queue_.size();
  return stats;
}

awaitable<void> OtlpExporter::stop(Deadline until) {
  stopping_ = true;
  stop_until_ = until;
  more_.notify();
  auto joining = tasks_.join();
  co_await std::move(joining);
}

awaitable<void> OtlpExporter::send_always() {
  while (!stopping_) {
    auto waiting = more_.wait_until(LoopClock::now() + options_.every);
    co_await std::move(waiting);
    while (!queue_.empty() && (queue_.size() >= options_.batch_max || !stopping_)) {
      auto sending = send_batch();
      co_await std::move(sending);
    }
  }
  while (!queue_.empty() && LoopClock::now() < stop_until_) {
    auto sending = send_batch();
    co_await std::move(sending);
  }
}

awaitable<void> OtlpExporter::send_batch() {
  std::vector<Span> batch;
  while (!queue_.empty() && batch.size() < options_.batch_max) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  const std::string body = otlp_text(batch, options_.resource);
  std::chrono::milliseconds wait = kFirstWait;
  for (int attempt = 1; attempt <= options_.attempts_max; ++attempt) {
    std::chrono::milliseconds next = std::min(kLongestWait, wait * 2);
    auto sending = send_once(body, wait);
    const bool taken = co_await std::move(sending);
    if (taken) {
      stats_.sent += batch.size();
      co_return;
    }
    const bool late = stopping_ && LoopClock::now() + wait >= stop_until_;
    if (wait == kNever || attempt == options_.attempts_max || late) break;
    auto sleeping = sleep_until(LoopClock::now() + wait);
    co_await std::move(sleeping);
    wait = next;
  }
  stats_.lost += batch.size();
}

// False: it was not taken; `wait` says how long to wait before it may be sent again, if ever.
awaitable<bool> OtlpExporter::send_once(std::string body, std::chrono::milliseconds& wait) {
  HttpRequest request;
  request.method = "POST";
  request.url = options_.url;
  request.headers = options_.headers;
  request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  HttpSinks sinks;
  const Deadline until = std::min(LoopClock::now() + options_.timeout, stop_until_);
  auto sending = sender_.send(std::move(request), until, std::move(sinks));
  const HttpOutcome outcome = co_await std::move(sending);
  const auto* response = std::get_if<HttpResponse>(&outcome);
  if (response == nullptr) co_return false;
  if (response->status >= 200 && response->status < 300) co_return true;  // a part, or all of it
  if (!may_retry(response->status)) {
    wait = kNever;
  } else if (const auto said = retry_after(response->headers)) {
    wait = *said;
  }
  co_return false;
}

}  // namespace yoke
