#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/loop/clock.h"
#include "runtime/ports/model.h"

namespace yoke {

// From when on the caller sees what a target streams. Before that a target that fails is replaced
// without a trace.
struct CommitPoint {
  enum class Kind : std::uint8_t {
    first_token,  // at once
    probe,        // after so many characters, or so long after the first piece
    whole,        // when the answer is whole
  };
  Kind kind = Kind::first_token;
  std::size_t chars = 200;               // of text, reasoning and arguments; of a probe
  std::chrono::milliseconds after{500};  // of a probe; looked at when a piece comes

  bool operator==(const CommitPoint&) const = default;
};

// Holds back what a target streams until its commit point, and knows what the caller has seen.
// Pure: the time is told.
//
// Ownership: the sink that sink() gives borrows this.
// Limits:    holds no more than a reply may have: backends bound that.
class CommitBuffer {
 public:
  using Time = LoopClock::time_point;

  // `sink` may be empty: nobody sees anything then.
  CommitBuffer(CommitPoint point, DeltaSink sink) : point_(point), sink_(std::move(sink)) {}
  CommitBuffer(const CommitBuffer&) = delete;
  CommitBuffer& operator=(const CommitBuffer&) = delete;

  void take(const Delta& delta, Time now);
  // The commit point of what comes from here on.
  void set_point(CommitPoint point) { point_ = point; }

  bool shows() const { return shows_; }  // the caller has seen what nobody voided
  // The text that the caller has seen, and whether that is all: no reasoning that had not ended, no
  // arguments. Only then can another model write on from there.
  const std::string& shown_text() const { return shown_text_; }
  const std::string& shown_reasoning() const { return shown_reasoning_; }
  bool shows_text_alone() const { return !shown_text_.empty() && !shows_arguments_; }

  void accept();    // the answer stands: what is held is shown
  void drop();      // the target failed: what is held goes, what was shown stays
  void void_all();  // the same, and what was shown is voided with a reset

 private:
  bool is_due(Time now) const;
  void show(const Delta& delta);
  void show_held();

  CommitPoint point_;
  DeltaSink sink_;
  std::vector<Delta> held_;
  std::size_t held_chars_ = 0;
  Time first_at_ = Time::max();
  bool committed_ = false;  // pieces go straight through
  bool shows_ = false;
  bool shows_arguments_ = false;
  std::string shown_text_;
  std::string shown_reasoning_;
};

}  // namespace yoke
