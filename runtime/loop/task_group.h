#pragma once

#include <cstddef>
#include <memory>

#include "runtime/loop/asio.h"

namespace yoke {

// The owner of coroutines that run beside each other. The first one that fails cancels the rest.
//
// Ownership: declare it as the last member: its tasks use what is above it. Join it before what the
//            tasks refer to goes away. Destroyed while tasks run, it cancels them and lets go: that
//            is safe for the group itself, and each task still runs to its end on the loop, its
//            result dropped.
// Threads:   loop thread only.
// Errors:    a task's exception goes to join(); that a task ended because the group was cancelled
// is
//            no failure.
class TaskGroup {
 public:
  explicit TaskGroup(asio::any_io_executor executor);
  ~TaskGroup();
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  // From a coroutine of the loop, `task` runs inside this call until it first suspends. In a group
  // that is being cancelled, the task is cancelled too.
  void spawn(awaitable<void> task);

  // Waits for all tasks, those spawned meanwhile included; then rethrows the first failure. The
  // group is fresh afterwards. One join at a time. Cancelled: cancels the tasks, still waits for
  // all of them, then throws.
  awaitable<void> join();

  // Asks every task to stop, from the next turn of the loop on; join() waits until they have.
  void cancel();

  std::size_t running() const;

 private:
  struct State;
  class Completion;
  // Shared by the group and by the completion of each of its tasks, which may come after the group.
  std::shared_ptr<State> state_;
};

}  // namespace yoke
