#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hosts/repl/transcript.h"
#include "runtime/engine/feed.h"
#include "runtime/journal/run_state.h"
#include "runtime/loop/clock.h"

namespace yoke {

// A question that somebody is to answer, as its event has it.
struct PromptQuestion {
  std::string run_id;
  std::string id;
  std::string purpose;
  std::string title;
  Json body = nullptr;
  Json choices = Json::array();
};

// What a conversation came to so far.
struct TalkTotals {
  std::int64_t turns = 0;
  std::int64_t steps = 0;
  std::int64_t tokens = 0;
  std::int64_t context = 0;  // tokens that the newest reply was shown and gave
  NanoUsd cost = 0;
  bool unpriced = false;
};

// The turn that goes on: told its events, it fills the transcript and keeps what moves. Runs that
// it starts are told to it as well, and shown below the call that started them.
//
// Ownership: borrows the transcript.
// Threads:   loop thread only.
class TurnView final : public Listener {
 public:
  explicit TurnView(Transcript& transcript) : transcript_(transcript) {}

  void begin(std::string run_id);
  const std::string& run_id() const { return state_.run_id; }
  bool has_ended() const { return ended_; }
  const RunState& state() const { return state_; }  // of the turn, or of the last one
  const TalkTotals& totals() const { return totals_; }
  void forget_totals() { totals_ = TalkTotals(); }
  std::optional<PromptQuestion> question() const;  // the oldest that is open
  std::vector<std::string> take_children();        // runs that began since the last time

  // What moves, at most so many rows.
  StyledLines live(std::size_t rows_max) const;
  bool is_moving() const;  // it looks different a moment later
  void tick() { ++frame_; }
  std::string_view spinner() const;
  bool is_unfolded() const { return unfolded_; }
  void fold(bool folded);  // what was thought last is shown, too, once it unfolds

  void on_event(const Event& event) override;
  void on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) override;
  void on_progress(std::string_view run_id, std::string_view call_id, double done, double total,
                   std::string_view message) override;
  void on_log(std::string_view run_id, std::string_view call_id, std::string_view level,
              std::string_view message) override;

 private:
  struct Call {
    std::string key;  // "RUN/CALL"
    std::string name;
    std::string args;
    std::string progress = {};
    std::size_t depth = 0;
    Deadline since;
    Micros at = 0;
  };
  std::vector<Call>::iterator find_call(std::string_view run_id, std::string_view call_id);
  bool is_main(std::string_view run_id) const { return run_id == state_.run_id; }
  void open_call(const Event& event, std::string name, std::string args);
  void show_return(const Event& event);
  void show_reply(const Event& event);
  void show_end(const Event& event);
  void show_plan_now(std::string_view title);
  void end_reasoning();
  void take_question(const Event& event);
  void note_child(const Event& event);
  void on_main(const Event& event);
  StyledLine call_line(const Call& call) const;
  StyledLines plan_lines() const;

  Transcript& transcript_;
  RunState state_;
  bool ended_ = true;
  std::vector<Call> calls_;                    // in flight, in the order in which they began
  std::map<std::string, std::string> owners_;  // of runs below: the call that started them
  std::vector<std::string> children_;
  std::vector<PromptQuestion> questions_;
  std::string thinking_;  // reasoning that streams
  std::string thought_;   // the last that was folded
  std::string answered_;  // the text of the newest reply
  Deadline thinking_since_;
  Deadline waiting_since_;
  bool waits_for_model_ = false;
  bool unfolded_ = false;
  bool plan_runs_ = false;
  std::size_t frame_ = 0;
  TalkTotals totals_;
};

}  // namespace yoke
