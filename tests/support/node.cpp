#include "tests/support/node.h"

#include <utility>

namespace yoke {

Node::Node(const NodeParts& parts, EngineOptions options, MemoryHook hook)
    : io_(std::make_unique<asio::io_context>(1)) {
  StoreOptions opened;
  opened.node_id = options.node_id;
  opened.wall = &parts.wall;
  store_ = std::make_unique<MemoryStore>(parts.disk, io_->get_executor(), opened, std::move(hook));
  epoch_ = parts.disk->epoch();
  const EngineServices services{io_->get_executor(), *store_,      parts.wall,    parts.random,
                                parts.model,         parts.policy, parts.programs};
  engine_ = std::make_unique<Engine>(services, std::move(options));
}

// The frames that wait on the loop use the engine and the store: they go first.
Node::~Node() { io_.reset(); }

bool Node::step() {
  io_->restart();
  const std::size_t ran = io_->poll_one();
  if (!std::exchange(kicked_, false)) return ran > 0;
  return io_->poll_one() > 0;  // the kick itself is no work
}

void Node::settle() {
  io_->restart();
  io_->poll();
}

void Node::kick() {
  // Earlier than any other timer, so that the reactor looks at all of them. Owned by its handler.
  auto timer = std::make_shared<Timer>(*io_, LoopClock::time_point(-std::chrono::hours(1)));
  Timer& waiting = *timer;
  waiting.async_wait(
      [this, timer = std::move(timer)](boost::system::error_code) { kicked_ = true; });
}

}  // namespace yoke
