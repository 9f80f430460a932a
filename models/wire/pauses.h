#pragma once

#include <vector>

#include "runtime/ports/model.h"

namespace yoke {

inline constexpr int kPausesMax = 8;  // in one answer

// An answer that its vendor gives in several replies: each one but the last is sent back as it is,
// to be gone on with. What they were told, used and cost is put together here.
class Pauses {
 public:
  // True when the reply is one to go on from, and what is left of the request's reservation covers
  // `attempt_cost`: it is taken in, and `request` becomes the next one.
  bool take(ModelOutcome& outcome, ModelRequest& request, NanoUsd attempt_cost);
  // What goes to `sink` of the next reply. A reset voids only what that reply had said: the rest is
  // told again. Borrows this.
  DeltaSink next_sink(const DeltaSink& sink);
  void settle(ModelOutcome& outcome);  // the last one becomes the whole

 private:
  void tell(const DeltaSink& sink) const;

  int count_ = 0;
  std::vector<Part> parts_;
  Usage usage_;
  NanoUsd cost_ = 0;
  int attempts_ = 0;
};

}  // namespace yoke
