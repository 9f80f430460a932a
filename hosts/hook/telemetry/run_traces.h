#pragma once

#include <deque>

#include "hosts/hook/telemetry/exporter.h"
#include "runtime/engine/feed.h"
#include "runtime/store/store.h"

namespace yoke {

// Tells an exporter of each run that has ended, from its journal.
//
// Ownership: borrows store and exporter. stop() has returned before it goes.
// Threads:   loop thread only.
// Limits:    of kTracesWaiting runs that have ended and are not read yet, further ones are dropped.
class RunTraces final : public Listener {
 public:
  RunTraces(asio::any_io_executor executor, Store& store, OtlpExporter& exporter,
            SpanOptions options);

  void start();
  awaitable<void> stop();  // reads what has ended so far
  std::uint64_t dropped() const { return dropped_; }

  void on_event(const Event& event) override;
  void on_delta(std::string_view, std::string_view, const Delta&) override {}
  void on_progress(std::string_view, std::string_view, double, double, std::string_view) override {}
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

 private:
  awaitable<void> read_always();

  Store& store_;
  OtlpExporter& exporter_;
  const SpanOptions options_;
  std::deque<std::string> ended_;
  std::uint64_t dropped_ = 0;
  Signal more_;
  bool stopping_ = false;
  TaskGroup tasks_;  // last: it uses what is above
};

inline constexpr std::size_t kTracesWaiting = 4096;

}  // namespace yoke
