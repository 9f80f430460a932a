#pragma once

#include <string>
#include <vector>

#include "runtime/engine/feed.h"

namespace yoke {

// Passes on to a view what becomes of one run: a process may drive others beside it.
//
// Ownership: borrows the view.
// Threads:   loop thread only.
class OneRun final : public Listener {
 public:
  explicit OneRun(Listener& view) : view_(view) {}

  // Which run. Events that came before it was known are kept, and passed on now if they are its.
  void follow(std::string run_id);

  void on_event(const Event& event) override;
  void on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) override;
  void on_progress(std::string_view run_id, std::string_view call_id, double done, double total,
                   std::string_view message) override;
  void on_log(std::string_view run_id, std::string_view call_id, std::string_view level,
              std::string_view message) override;

 private:
  Listener& view_;
  std::string run_id_;        // empty: not yet known
  std::vector<Event> early_;  // until it is
};

}  // namespace yoke
