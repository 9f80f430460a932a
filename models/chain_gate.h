#pragma once

#include <memory>

#include "models/gate.h"
#include "models/queue_length.h"

namespace yoke {

// Two gates, one behind the other: a request goes when both have let it through.
//
// Ownership: owns the first, borrows the second, which outlives it.
class ChainGate final : public Gate, public QueueLength {
 public:
  ChainGate(std::unique_ptr<Gate> first, Gate& second)
      : first_(std::move(first)), second_(second) {}

  awaitable<Result<Permit>> enter(GateRequest request, Deadline deadline) override;
  // The sum of what is known.
  std::optional<std::chrono::milliseconds> expected_wait(const GateRequest& request) const override;
  std::size_t waiting() const override { return waiting_at(first_.get()) + waiting_at(&second_); }

 private:
  const std::unique_ptr<Gate> first_;
  Gate& second_;
};

}  // namespace yoke
