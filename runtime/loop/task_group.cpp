#include "runtime/loop/task_group.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <list>

#include "runtime/base/ensure.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"

namespace yoke {

struct TaskGroup::State {
  using Place = std::list<asio::cancellation_signal>::iterator;

  explicit State(asio::any_io_executor loop) : executor(std::move(loop)) {}

  void end(Place task) {
    spare.splice(spare.begin(), tasks, task);
    if (tasks.empty()) ended.notify();
  }

  void cancel_now() {
    cancelled = true;
    for (asio::cancellation_signal& task : tasks) task.emit(asio::cancellation_type::terminal);
  }

  asio::any_io_executor executor;
  std::list<asio::cancellation_signal> tasks;
  // A task's signal is still in use while its completion runs, so it is kept and used again.
  std::list<asio::cancellation_signal> spare;
  std::exception_ptr failure;
  std::uint64_t round = 0;  // one more with each join: a cancel that comes late is for nobody
  bool cancelled = false;
  bool joining = false;
  Signal ended;  // notified when the last task ends
};

namespace {

// Posted, for a coroutine that is cancelled before its first suspension ends the process
// (Asio 1.81).
template <class State>
void post_cancel(const std::shared_ptr<State>& state) {
  auto cancel = [state, round = state->round] {
    if (state->round == round) state->cancel_now();
  };
  asio::post(state->executor, std::move(cancel));
}

}  // namespace

// Called with how a task ended; destroyed uncalled when the loop goes before the task has ended.
class TaskGroup::Completion {
 public:
  Completion(std::shared_ptr<State> state, State::Place task)
      : state_(std::move(state)), task_(task) {}
  Completion(Completion&& other) noexcept = default;
  ~Completion() {
    if (state_) state_->end(task_);
  }

  void operator()(std::exception_ptr failure) {
    const bool stopped_by_us = state_->cancelled && is_cancellation(failure);
    if (failure && !stopped_by_us && !state_->failure) {
      state_->failure = failure;
      if (state_->tasks.size() > 1) post_cancel(state_);
    }
    std::exchange(state_, nullptr)->end(task_);
  }

 private:
  std::shared_ptr<State> state_;
  State::Place task_;
};

TaskGroup::TaskGroup(asio::any_io_executor executor)
    : state_(std::make_shared<State>(std::move(executor))) {}

TaskGroup::~TaskGroup() {
  if (!state_->tasks.empty()) post_cancel(state_);
}

void TaskGroup::spawn(awaitable<void> task) {
  State& group = *state_;
  if (group.spare.empty()) group.spare.emplace_back();
  group.tasks.splice(group.tasks.begin(), group.spare, group.spare.begin());
  const auto place = group.tasks.begin();
  Completion done(state_, place);
  const auto slot = place->slot();
  asio::co_spawn(group.executor, std::move(task),
                 asio::bind_cancellation_slot(slot, std::move(done)));
  if (group.cancelled) post_cancel(state_);
}

awaitable<void> TaskGroup::join() {
  const std::shared_ptr<State> state = state_;
  ENSURE(!state->joining);
  state->joining = true;
  bool interrupted = false;
  while (!state->tasks.empty()) {
    std::exception_ptr stopped;
    try {
      co_await state->ended.wait();
    } catch (...) {
      stopped = std::current_exception();
    }
    if (!stopped) continue;
    interrupted = true;
    post_cancel(state);
    // The tasks are stopping; until the last has, nothing may stop this wait.
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  }
  state->joining = false;
  state->cancelled = false;
  state->round += 1;
  const std::exception_ptr failure = std::exchange(state->failure, nullptr);
  if (interrupted) {
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    throw boost::system::system_error(asio::error::operation_aborted, "join");
  }
  if (failure) std::rethrow_exception(failure);
}

void TaskGroup::cancel() {
  if (!state_->tasks.empty()) post_cancel(state_);
}

std::size_t TaskGroup::running() const { return state_->tasks.size(); }

}  // namespace yoke
