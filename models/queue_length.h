#pragma once

#include <cstddef>

namespace yoke {

class Gate;

// A gate that can say how many requests wait at it.
class QueueLength {
 public:
  virtual ~QueueLength() = default;
  virtual std::size_t waiting() const = 0;
};

// How many wait at the gate: 0 for none, and for a gate that cannot say.
std::size_t waiting_at(const Gate* gate);

}  // namespace yoke
