#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace yoke {

// What the host knows of a worker when it asks whether to let it live. A worker ends its calls at
// their quotas by itself: this is for one that no longer does as it should.
struct WorkerUse {
  std::chrono::nanoseconds busy_cpu{0};      // since some call computes without a break
  std::chrono::nanoseconds busy_allowed{0};  // what those calls may use together
  std::chrono::nanoseconds starting{0};      // on the wall, until it first spoke
  bool is_stopping = false;  // a call was given up, and it has not said that it ended
  // Calls that are wanted: one of them may be at what cannot be interrupted, and is not to pay for
  // what was given up beside it. Its own processor time bounds the worker's.
  bool others_compute = false;
  std::chrono::nanoseconds stopping_cpu{0};   // since then
  std::chrono::nanoseconds stopping_wall{0};  // since then
};

// The bounds beyond what the calls were given.
struct WorkerGrace {
  std::chrono::milliseconds cpu{50};
  std::chrono::milliseconds stop_wall{1'000};  // it may be starved of the processor by others
  std::chrono::milliseconds start_wall{10'000};
};

// Why the worker is to be killed, as the end of "it …"; nothing when it may live.
std::optional<std::string> reason_to_kill(const WorkerUse& use, const WorkerGrace& grace);

// What became of a process, in words: "crashed (segmentation fault)".
std::string describe_end(int code, int status);

}  // namespace yoke
