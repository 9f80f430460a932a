#include "models/queue_length.h"

#include "models/gate.h"

namespace yoke {

std::size_t waiting_at(const Gate* gate) {
  const auto* queue = dynamic_cast<const QueueLength*>(gate);
  return queue == nullptr ? 0 : queue->waiting();
}

}  // namespace yoke
