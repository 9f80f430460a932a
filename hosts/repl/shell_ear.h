#pragma once

#include "hosts/repl/shell.h"

namespace yoke {

// Passes on to the view what the runs of a turn do, and has the shell look at what came of it.
class ReplShell::Ear final : public Listener {
 public:
  explicit Ear(ReplShell& shell) : shell_(shell) {}

  void on_event(const Event& event) override {
    shell_.view_.on_event(event);
    shell_.noticed();
  }
  void on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) override {
    shell_.view_.on_delta(run_id, call_id, delta);
    shell_.changed();
  }
  void on_progress(std::string_view run_id, std::string_view call_id, double done, double total,
                   std::string_view message) override {
    shell_.view_.on_progress(run_id, call_id, done, total, message);
    shell_.changed();
  }
  void on_log(std::string_view run_id, std::string_view call_id, std::string_view level,
              std::string_view message) override {
    shell_.view_.on_log(run_id, call_id, level, message);
    shell_.changed();
  }

 private:
  ReplShell& shell_;
};

}  // namespace yoke
