#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/backend.h"
#include "models/routes/commit_buffer.h"
#include "models/routes/pace.h"
#include "models/routes/settings.h"

namespace yoke {

// A target of a route, found.
struct Target {
  Backend* backend = nullptr;
  std::string model;
  std::string name;  // "backend/model"
  Pace* pace = nullptr;
};
NanoUsd cost_at(const Target& target, const Usage& usage);  // 0 when it has no price
NanoUsd most_at(const Target& target, const Usage& usage);  // that so many tokens may cost there

// What one request to one target may use up.
Usage most_of(const ModelRequest& request);

// One request of a call to one target, and how far it is.
struct Lane {
  std::size_t target = 0;
  std::string role = {};  // as ModelTry::role
  bool others = false;    // another target could be asked instead
  bool continues = false;
  NanoUsd aside = 0;    // what another request beside this one may cost
  DeltaSink sink = {};  // its pieces; empty: to the call's commit buffer
  CommitBuffer::Time started{};
  std::optional<CommitBuffer::Time> first = {};
  std::int64_t bytes = 0;  // streamed by the newest attempt
  // What the attempts before it came to.
  Usage before = {};
  NanoUsd cost_before = 0;
  int attempts_before = 0;
};

// What the requests of one call share: the time and the money there is, what the caller has seen,
// and the record of each try.
//
// Ownership: borrows settings and targets; they outlive it, and it outlives its requests.
class Asking {
 public:
  struct Terms {
    const RouteSettings& settings;
    const std::vector<Target>& targets;
    Deadline deadline = kNoDeadline;
    bool watches = false;  // streams even when nobody listens: its pace is to be known
  };
  Asking(const Terms& terms, std::optional<NanoUsd> granted, DeltaSink sink);

  // Asks the lane's target; the outcome is named after it and on record. Cancelled: on record, at
  // its estimated cost and that of the attempts before, and throws.
  awaitable<ModelOutcome> ask(Lane& lane, ModelRequest request);

  // A target that was not asked: on record, and why.
  void pass_over(const Lane& lane, std::string why);

  CommitBuffer& buffer() { return buffer_; }
  const Target& target(std::size_t at) const { return terms_.targets[at]; }
  std::vector<ModelTry>& tries() { return tries_; }

  // Whether what was granted covers one more request to that target, beside those that are on
  // record and `under_way`; and what is said of one that is not made.
  bool covers(std::size_t at, const Usage& most, NanoUsd under_way = 0) const;
  std::string refusal() const;

  // The sums over all tries, and their record.
  void settle(ModelOutcome& outcome);

 private:
  void on_delta(Lane& lane, const Delta& delta);
  static void note_attempt(Lane& lane, const ModelFailure& failure);
  bool may_retry(const Lane& lane, const ModelFailure& failure,
                 std::chrono::milliseconds wait) const;
  ModelTry& record(const Lane& lane);
  void record_outcome(const Lane& lane, const ModelOutcome& outcome);
  void record_lost(const Lane& lane, std::int64_t input_tokens);

  const Terms terms_;
  const std::optional<NanoUsd> granted_;
  const bool streams_;
  CommitBuffer buffer_;
  std::vector<ModelTry> tries_;
  NanoUsd spent_ = 0;
};

}  // namespace yoke
