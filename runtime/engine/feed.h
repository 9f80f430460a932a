#pragma once

#include <string>
#include <string_view>

#include "runtime/journal/event.h"
#include "runtime/ports/model.h"

namespace yoke {

// Whoever watches runs as they go. An event is told once it is journaled, never before; deltas are
// not journaled, and void once the event that finishes them is told. Threads: loop thread; must not
// block or throw.
class Listener {
 public:
  virtual ~Listener() = default;
  virtual void on_event(const Event& event) = 0;
  // Something waits for a run that is not driven here: its session's turn, or a message.
  virtual void on_due(std::string_view run_id, std::string_view tenant) {
    static_cast<void>(run_id);
    static_cast<void>(tenant);
  }
  virtual void on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) = 0;
  virtual void on_progress(std::string_view run_id, std::string_view call_id, double done,
                           double total, std::string_view message) = 0;
  virtual void on_log(std::string_view run_id, std::string_view call_id, std::string_view level,
                      std::string_view message) = 0;
};

}  // namespace yoke
