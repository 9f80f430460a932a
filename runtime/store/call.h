#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "runtime/loop/asio.h"
#include "runtime/loop/fair_turns.h"
#include "runtime/loop/signal.h"

// How a call of the Store interface travels: made on the loop, worked on by a session (the SQLite
// writer, a reader, the memory store), answered on the loop. Private to runtime/store.
namespace yoke {

template <class Session>
class StoreCall {
 public:
  virtual ~StoreCall() = default;
  virtual void work(Session& session) = 0;  // may throw: the exception belongs to the session

  bool patient = false;        // may wait a little for others to share its commit
  const void* line = nullptr;  // whose call it is: as line_of() tells its caller's line
  std::exception_ptr failure;  // set before it is answered: what the caller shall see
  Signal done;                 // loop thread only
};

// Shared by the coroutine that waits and the session that works: either may be gone first.
template <class Session>
using SharedCall = std::shared_ptr<StoreCall<Session>>;

template <class Session, class Job>
class JobCall final : public StoreCall<Session> {
 public:
  using Answer = std::invoke_result_t<Job&, Session&>;

  explicit JobCall(Job job) : job_(std::move(job)) {}

  void work(Session& session) override { answer_.emplace(job_(session)); }
  Answer take() { return std::move(*answer_); }

 private:
  Job job_;
  std::optional<Answer> answer_;
};

// Makes a call of `job`, hands it in with `submit(SharedCall<Session>)` and waits for its answer.
// Cancelled: throws at once; the job is done or not, and nobody learns of it.
template <class Session, class Submit, class Job>
awaitable<std::invoke_result_t<Job&, Session&>> ask(Submit submit, Job job, bool patient = false) {
  const auto call = std::make_shared<JobCall<Session, Job>>(std::move(job));
  call->patient = patient;
  const auto caller = co_await asio::this_coro::executor;
  call->line = line_of(caller);
  submit(call);
  co_await call->done.wait();
  if (call->failure) std::rethrow_exception(call->failure);
  co_return call->take();
}

}  // namespace yoke
