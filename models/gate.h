#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "runtime/base/result.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

// One request that wants to be sent.
struct GateRequest {
  std::string model;        // as the vendor names it
  std::string tenant;       // waiting is fair among tenants
  std::int64_t tokens = 0;  // estimated input and the most output
};

// Leave to send one request. Gives its place back when it goes.
class Permit {
 public:
  Permit() = default;
  explicit Permit(std::function<void()> give_back) : give_back_(std::move(give_back)) {}
  ~Permit() {
    if (give_back_) give_back_();
  }
  Permit(Permit&& other) noexcept : give_back_(std::exchange(other.give_back_, nullptr)) {}
  Permit& operator=(Permit&& other) noexcept {
    std::swap(give_back_, other.give_back_);
    return *this;
  }

 private:
  std::function<void()> give_back_;  // empty: nothing is held
};

// What stands before a server and lets requests through: the operator's limits on a vendor, or the
// slots and the memory of a local one.
//
// Threads: loop thread only. Outlives its permits.
class Gate {
 public:
  virtual ~Gate() = default;

  // Waits until the request may be sent. Errors: timed_out (the deadline passed first), unavailable
  // (it will not come: the server cannot be started; says why).
  // Cancelled: throws, and the place in the queue is given up.
  virtual awaitable<Result<Permit>> enter(GateRequest request, Deadline deadline) = 0;

  // About how long enter() would wait now; none: nobody knows.
  virtual std::optional<std::chrono::milliseconds> expected_wait(
      const GateRequest& request) const = 0;
};

}  // namespace yoke
