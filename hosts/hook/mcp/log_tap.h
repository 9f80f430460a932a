#pragma once

#include <map>
#include <string>

#include "runtime/engine/engine.h"

namespace yoke::mcp_hook {

// What running calls log and how far they say they are, each as it is said, for whoever follows
// their runs. Nothing is kept.
//
// Ownership: borrows the engine, which outlives it.
// Threads:   loop thread only.
class LogTap final : public Listener {
 public:
  class Sink {
   public:
    virtual ~Sink() = default;
    virtual void hear_log(std::string_view level, std::string_view message) = 0;
    virtual void hear_progress(double done, double total, std::string_view message) = 0;
  };

  explicit LogTap(Engine& engine) : engine_(engine) { engine_.subscribe(*this); }
  ~LogTap() override { engine_.unsubscribe(*this); }
  LogTap(const LogTap&) = delete;
  LogTap& operator=(const LogTap&) = delete;

  // Tells the sink of that run's logs for as long as this lives.
  class Place {
   public:
    Place(LogTap& tap, const std::string& run_id, Sink& sink)
        : tap_(tap), place_(tap.sinks_.emplace(run_id, &sink)) {}
    ~Place() { tap_.sinks_.erase(place_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    LogTap& tap_;
    std::multimap<std::string, Sink*>::iterator place_;
  };

  void on_log(std::string_view run_id, std::string_view, std::string_view level,
              std::string_view message) override {
    const auto [first, last] = sinks_.equal_range(std::string(run_id));
    for (auto each = first; each != last; ++each) each->second->hear_log(level, message);
  }
  void on_event(const Event&) override {}
  void on_delta(std::string_view, std::string_view, const Delta&) override {}
  void on_progress(std::string_view run_id, std::string_view, double done, double total,
                   std::string_view message) override {
    const auto [first, last] = sinks_.equal_range(std::string(run_id));
    for (auto each = first; each != last; ++each) each->second->hear_progress(done, total, message);
  }

 private:
  Engine& engine_;
  std::multimap<std::string, Sink*> sinks_;
};

// The protocol's levels, from "debug" to "emergency". True: `level` is at least `least`.
bool is_log_level(std::string_view level);
bool reaches_level(std::string_view level, std::string_view least);
// "warn" is "warning" there.
std::string wire_level(std::string_view level);

}  // namespace yoke::mcp_hook
