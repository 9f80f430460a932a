#pragma once

#include <memory>

#include "models/gate.h"

namespace yoke {

// Two gates, one behind the other: a request goes when both have let it through.
//
// Ownership: owns the first, borrows the second, which outlives it.
class ChainGate final : public Gate {
 public:
  ChainGate(std::unique_ptr<Gate> first, Gate& second)
      : first_(std::move(first)), second_(second) {}

  awaitable<Result<Permit>> enter(GateRequest request, Deadline deadline) override;
  // The sum of what is known.
  std::optional<std::chrono::milliseconds> expected_wait(const GateRequest& request) const override;

 private:
  const std::unique_ptr<Gate> first_;
  Gate& second_;
};

}  // namespace yoke
