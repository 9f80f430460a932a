#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/loop/task_group.h"
#include "tests/support/fakes.h"
#include "tests/support/node.h"
#include "tests/support/test_loop.h"
#include "tests/support/told_run.h"

namespace yoke {

// Writes down what a listener is told, in its order.
class Watcher final : public Listener {
 public:
  void on_event(const Event& event) override;
  void on_delta(std::string_view run_id, std::string_view call_id, const Delta& delta) override;
  void on_progress(std::string_view run_id, std::string_view call_id, double done, double total,
                   std::string_view message) override;
  void on_log(std::string_view run_id, std::string_view call_id, std::string_view level,
              std::string_view message) override;

  void on_due(std::string_view run_id, std::string_view tenant) override;

  std::vector<Event> events;
  std::vector<std::string> due;    // runs
  std::vector<std::string> lines;  // "event model.called", "delta hel", …
  std::function<void(const Event&)> check;
};

using Driven = Started<Result<RunEnd>>;

// An engine over a memory store, with a scripted model and tools, in virtual time.
class EngineWorld {
 public:
  EngineWorld();
  ~EngineWorld();
  EngineWorld(const EngineWorld&) = delete;
  EngineWorld& operator=(const EngineWorld&) = delete;

  Node& boot();  // one more process; those before it have lost their lease
  Node& node() { return *nodes_.back(); }
  Node& node(std::size_t index) { return *nodes_[index]; }
  Engine& engine() { return node().engine(); }
  void crash();  // the power goes; a new process starts on what the disk kept

  StartRun request(const std::string& task);
  std::string create(const std::string& task = "count the rows");
  std::string create(StartRun start);
  Driven& start_driving(const std::string& run_id);
  RunEnd drive(const std::string& run_id);  // until it ends, waits or is lost
  RunEnd run(const std::string& task = "count the rows") { return drive(create(task)); }

  void settle();
  void advance(LoopClock::duration by);  // in small steps, so that timers set on the way are met
  // Moves time until the work has ended.
  template <class T>
  T get(awaitable<T> work) {
    Started<T> started;
    started.on(node().io(), std::move(work));
    wait_for([&] { return started.ended(); });
    if (started.failure()) std::rethrow_exception(started.failure());
    if constexpr (!std::is_void_v<T>) return std::move(started.value());
  }
  void wait_for(const std::function<bool()>& done);

  std::vector<Event> events(const std::string& run_id);
  std::string kinds(const std::string& run_id);  // "run.started, model.called m1, …"
  RunState state(const std::string& run_id);
  RunRow row(const std::string& run_id);
  bool is_durable(const std::string& run_id, std::int64_t seq) const;

 private:
  VirtualTime time_;

 public:
  VirtualWall wall;
  SeededRandom random{7};
  FakeModel model;
  FakeTools tools;
  FakePolicy policy;
  FakePrograms programs;
  AgentSpec agent;  // changes count for runs created later
  EngineOptions options;
  MemoryHook hook;
  Watcher watcher;
  std::shared_ptr<MemoryDisk> disk;  // shared with the nodes

 private:
  std::vector<std::unique_ptr<Driven>> driven_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace yoke
