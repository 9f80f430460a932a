#pragma once

#include <map>
#include <string>

#include "hosts/terminal/terminal.h"
#include "runtime/engine/feed.h"
#include "runtime/journal/run_state.h"
#include "runtime/loop/clock.h"

namespace yoke {

// Shows a run to a person as it goes: reasoning dimmed, each call with arguments, outcome and time,
// the answer on standard output, one line of totals.
class RunView final : public Listener {
 public:
  enum class Detail { quiet, normal, verbose };

  RunView(Terminal& terminal, Detail detail);  // borrows the terminal

  void on_event(const Event& event) override;
  void on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) override;
  void on_progress(std::string_view run_id, std::string_view call_id, double done, double total,
                   std::string_view message) override;
  void on_log(std::string_view run_id, std::string_view call_id, std::string_view level,
              std::string_view message) override;

  void tick();                         // redraws what goes on now; call it a few times a second
  void totals(const RunState& state);  // "5 steps · 3 214 tokens · $0 · 0.4 s · run 01J…"

 private:
  struct Open {
    std::string title;
    std::string progress;
    Deadline since;
    Micros at = 0;
  };

  void show_reply(const Event& event);
  void show_return(const Event& event);
  void show_unknown(const Event& event);
  void show_plan(const Event& event);
  void show_plan_end(const Event& event);
  void end_stream();

  Terminal& terminal_;
  Detail detail_;
  std::map<std::string, Open> open_;            // calls in flight
  Delta::Kind streaming_ = Delta::Kind::reset;  // what the last piece was; reset: nothing
  bool streamed_text_ = false;                  // since the last reply
  bool streamed_reasoning_ = false;
  bool answer_on_screen_ = false;  // the last reply's text went to standard output already
  std::size_t frame_ = 0;
  Json plan_ = nullptr;  // the newest
};

// A call's arguments in one short line: `file="a.csv", column="rain"`.
std::string short_args(const Json& args, std::size_t bytes_max);

// "$0.03", or that it is not known; `priced`: whether the price of all that was called is.
std::string cost_text(NanoUsd cost, bool priced);

// How far a call says it is, 0 to 100; what a tool says may be any number.
int percent_of(double done, double total);

}  // namespace yoke
