#pragma once

#include <stdexcept>

#include "runtime/base/result.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

class DeadlineExceeded : public Fault {
 public:
  DeadlineExceeded() : Fault("the deadline passed") {}
};

// True when the exception is Asio's "operation aborted": somebody cancelled the coroutine.
bool is_cancellation(const std::exception_ptr& failure);

// Sleeps until `at`. Cancelled: throws at once.
awaitable<void> sleep_until(Deadline at);

}  // namespace yoke

#include "runtime/loop/deadline_impl.h"  // with_deadline, a template
