#pragma once

#include <map>
#include <string>

#include "hosts/hook/dispatcher.h"
#include "hosts/hook/telemetry/metrics.h"
#include "runtime/engine/feed.h"

namespace yoke {

// Counts what the runs of this process do, and the requests that it answers. No label ever holds an
// id or a text of a conversation.
//
// Ownership: borrows the metrics.
// Threads:   loop thread only.
// Limits:    remembers kRunsWatched runs; what it knows of the oldest is forgotten.
class RunMetrics final : public Listener {
 public:
  explicit RunMetrics(Metrics& metrics);

  void on_event(const Event& event) override;
  void on_delta(std::string_view, std::string_view, const Delta&) override {}
  void on_progress(std::string_view, std::string_view, double, double, std::string_view) override {}
  void on_log(std::string_view, std::string_view, std::string_view, std::string_view) override {}

  void on_done(const Dispatcher::Done& done);

 private:
  struct Call {
    Micros begun = 0;
    std::string tool;
  };
  struct Run {
    std::string agent;
    std::map<std::string, Call> calls;
  };
  Run& run_of(const std::string& id);
  void end_run(const Event& event, const char* status);
  void model_ended(const Event& event, bool replied);

  Metrics& metrics_;
  std::map<std::string, Run> runs_;  // by id: the oldest first
  Metrics::Id requests_, request_seconds_, started_, ended_, model_calls_, model_seconds_,
      first_seconds_, tokens_, cost_, tries_, tool_calls_, tool_seconds_, questions_;
};

inline constexpr std::size_t kRunsWatched = 20'000;

}  // namespace yoke
