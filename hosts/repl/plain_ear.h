#pragma once

#include "hosts/repl/plain_shell.h"
#include "hosts/terminal/json_view.h"

namespace yoke {

// Passes on what the runs of a turn do: to the person what its own run does, to the view all.
class PlainShell::Ear final : public Listener {
 public:
  Ear(PlainShell& shell, std::string run_id)
      : shell_(shell), run_id_(std::move(run_id)), lines_(shell.terminal_) {}

  void on_event(const Event& event) override {
    shell_.view_.on_event(event);
    if (event.run_id == run_id_) teller().on_event(event);
    shell_.noticed();
  }
  void on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) override {
    if (run_id == run_id_) teller().on_delta(run_id, call_id, delta);
  }
  void on_progress(std::string_view run_id, std::string_view call_id, double done, double total,
                   std::string_view message) override {
    if (run_id == run_id_) teller().on_progress(run_id, call_id, done, total, message);
  }
  void on_log(std::string_view run_id, std::string_view call_id, std::string_view level,
              std::string_view message) override {
    if (run_id == run_id_) teller().on_log(run_id, call_id, level, message);
  }

 private:
  Listener& teller() {
    return shell_.options_.json ? static_cast<Listener&>(lines_) : *shell_.shown_;
  }

  PlainShell& shell_;
  std::string run_id_;
  JsonView lines_;
};

}  // namespace yoke
