#pragma once

#include <memory>

#include "runtime/engine/engine.h"
#include "runtime/store/memory/memory_store.h"

namespace yoke {

// Makes the loop's clock virtual for as long as it lives; one at a time.
class VirtualTime {
 public:
  VirtualTime() { LoopClock::make_virtual(LoopClock::time_point(std::chrono::hours(1))); }
  ~VirtualTime() { LoopClock::make_real(); }
  VirtualTime(const VirtualTime&) = delete;
  VirtualTime& operator=(const VirtualTime&) = delete;
};

// What the processes of a test share.
struct NodeParts {                   // all but the disk are borrowed
  std::shared_ptr<MemoryDisk> disk;  // shared with the nodes before and after
  WallClock& wall;
  Random& random;
  Model& model;
  const Policy& policy;
  Programs& programs;
};

// One process of the program as a test sees it: a loop, a store opened on the shared disk, an
// engine. Destroying it is a power cut: what waits is dropped where it stands.
class Node {
 public:
  Node(const NodeParts& parts, EngineOptions options, MemoryHook hook);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  asio::io_context& io() { return *io_; }
  MemoryStore& store() { return *store_; }
  Engine& engine() { return *engine_; }
  std::int64_t epoch() const { return epoch_; }

  bool step();    // one turn of the loop; false: there was nothing to do
  void settle();  // all that can be done now
  void kick();    // the clock has moved: in the next turns timers look at it

 private:
  std::unique_ptr<asio::io_context> io_;
  std::unique_ptr<MemoryStore> store_;
  std::unique_ptr<Engine> engine_;
  std::int64_t epoch_ = 0;
  bool kicked_ = false;
};

}  // namespace yoke
