#pragma once

#include <deque>
#include <string>
#include <vector>

#include "hosts/hook/telemetry/otlp.h"
#include "models/http_sender.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

namespace yoke {

// Sends spans to an OpenTelemetry collector in the background: in batches, never in anybody's way.
// What does not fit into its queue is dropped and counted.
//
// Ownership: borrows the sender. stop() has returned before it goes.
// Threads:   loop thread only.
// Errors:    none reach a run: a batch that the collector refuses, or does not take in time, is
// lost.
class OtlpExporter {
 public:
  struct Options {
    std::string url;           // of the traces: "http://127.0.0.1:4318/v1/traces"
    HttpHeaders headers = {};  // keys for the collector
    OtlpResource resource = {};
    std::size_t queue_max = 8192;  // spans
    std::size_t batch_max = 512;
    std::chrono::milliseconds every = std::chrono::seconds(5);
    std::chrono::milliseconds timeout = std::chrono::seconds(10);  // of one request
    int attempts_max = 5;
  };
  OtlpExporter(asio::any_io_executor executor, HttpSender& sender, Options options);
  OtlpExporter(const OtlpExporter&) = delete;
  OtlpExporter& operator=(const OtlpExporter&) = delete;

  void start();
  void offer(std::vector<Span> spans);
  // Sends what is there, until then, and ends.
  awaitable<void> stop(Deadline until);

  struct Stats {
    std::uint64_t sent = 0;     // spans that a collector took
    std::uint64_t dropped = 0;  // the queue was full
    std::uint64_t lost = 0;     // refused, or not taken in time
    std::size_t queued = 0;
  };
  Stats stats() const;

 private:
  awaitable<void> send_always();
  awaitable<void> send_batch();
  awaitable<bool> send_once(std::string body, std::chrono::milliseconds& wait);

  HttpSender& sender_;
  const Options options_;
  std::deque<Span> queue_;
  Stats stats_;
  Signal more_;
  bool stopping_ = false;
  Deadline stop_until_ = kNoDeadline;
  TaskGroup tasks_;  // last: it uses what is above
};

}  // namespace yoke
