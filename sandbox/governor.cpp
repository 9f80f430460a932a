#include "sandbox/governor.h"

#include <time.h>

#include <algorithm>
#include <cstdlib>

#include "runtime/base/ensure.h"

namespace yoke::sandbox {

namespace {

// What a string object needs beside its bytes; generous.
constexpr std::size_t kStringHeadBytes = 64;
constexpr std::size_t kClockEveryBytes = 1 << 20;
constexpr std::size_t kLargeBytes = 1 << 10;
constexpr std::chrono::microseconds kClockStep{100};

std::chrono::nanoseconds read_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}
std::chrono::nanoseconds thread_cpu() { return read_clock(CLOCK_THREAD_CPUTIME_ID); }

bool has_identity(std::size_t tag) {
  return tag == LUA_TTABLE || tag == LUA_TFUNCTION || tag == LUA_TTHREAD || tag == LUA_TUSERDATA;
}

// Its address alone matters: a value no script can make.
const char kSentinel = 0;

}  // namespace

std::string_view name_of(Bound bound) {
  switch (bound) {
    case Bound::none:
      return "none";
    case Bound::instructions:
      return "instructions";
    case Bound::memory:
      return "memory";
    case Bound::cpu:
      return "cpu";
    case Bound::pattern_steps:
      return "pattern_steps";
    case Bound::string_bytes:
      return "string_bytes";
    case Bound::output_bytes:
      return "output_bytes";
    case Bound::log_bytes:
      return "log_bytes";
    case Bound::host_calls:
      return "host_calls";
    case Bound::coroutines:
      return "coroutines";
    case Bound::list_items:
      return "list_items";
    case Bound::stretch_instructions:
      return "stretch_instructions";
    case Bound::stretch_cpu:
      return "stretch_cpu";
  }
  return "none";
}

void* Governor::allocate(void* self, void* block, std::size_t old_size, std::size_t new_size) {
  auto& governor = *static_cast<Governor*>(self);
  const std::size_t tag =
      block == nullptr ? old_size : 0;  // Lua's way of saying what a new block is for
  const std::size_t held = block == nullptr ? 0 : old_size + Heap::kHeaderBytes;
  if (new_size == 0) {
    governor.memory_ -= held;
    if (block != nullptr) governor.heap_.release(block, old_size);
    return nullptr;
  }
  const std::size_t wanted = new_size + Heap::kHeaderBytes;
  if (wanted > held && !governor.admits(wanted - held, new_size, tag)) return nullptr;
  const std::uint64_t age = has_identity(tag) ? governor.objects_made_ + 1 : 0;
  void* const fresh = block == nullptr ? governor.heap_.allocate(new_size, age)
                                       : governor.heap_.resize(block, old_size, new_size);
  if (fresh == nullptr) return nullptr;
  governor.memory_ += wanted - held;  // modular: shrinking adds a "negative" number
  governor.memory_peak_ = std::max(governor.memory_peak_, governor.memory_);
  governor.objects_made_ = std::max(governor.objects_made_, age);
  return fresh;
}

bool Governor::admits(std::size_t growth, std::size_t size, std::size_t tag) {
  if (tag == LUA_TSTRING &&
      size > static_cast<std::size_t>(quota_.string_bytes_max) + kStringHeadBytes) {
    kill(Bound::string_bytes);
    return false;
  }
  if (tag == LUA_TSTRING && size > kEasyStringBytes) shorten_interval(size);
  if (growth >= kLargeBytes) {
    pending_ += static_cast<std::int64_t>(growth / 256);
    unclocked_bytes_ += growth;
  }
  const auto limit = static_cast<std::size_t>(quota_.memory_bytes_max);
  const bool fits = memory_ <= limit && growth <= limit - memory_;
  // A refusal makes Lua collect everything and ask again, which takes time: the clock is read
  // first.
  if (!fits || unclocked_bytes_ >= kClockEveryBytes) {
    unclocked_bytes_ = 0;
    if (over_time()) kill(time_bound());
    if (dead_ == Bound::cpu || dead_ == Bound::stretch_cpu) return false;
  }
  return fits;
}

bool Governor::hold_memory(std::size_t bytes) {
  const auto limit = static_cast<std::size_t>(quota_.memory_bytes_max);
  if (memory_ > limit || bytes > limit - memory_) return false;
  memory_ += bytes;
  memory_peak_ = std::max(memory_peak_, memory_);
  return true;
}

void Governor::release_memory(std::size_t bytes) { memory_ -= bytes; }

void Governor::begin_slice() {
  ENSURE(!in_slice_);
  in_slice_ = true;
  slice_start_ = thread_cpu();
  if (slice_max_.count() > 0) slice_began_ = read_clock(CLOCK_MONOTONIC);
}

void Governor::end_slice() {
  ENSURE(in_slice_);
  in_slice_ = false;
  cpu_before_ += thread_cpu() - slice_start_;
}

// Time on the processor is never more than time on the wall, whose clock is far cheaper to read.
bool Governor::over_time() {
  if (!in_slice_) return false;
  const std::chrono::nanoseconds now = read_clock(CLOCK_MONOTONIC);
  if (now - looked_at_ < kClockStep) return false;
  looked_at_ = now;
  const std::chrono::nanoseconds used = cpu_before_ + (thread_cpu() - slice_start_);
  const bool bounds_stretch = quota_.stretch_cpu_max.count() > 0;
  stretch_over_ = bounds_stretch && used - cpu_at_stretch_ > quota_.stretch_cpu_max;
  return stretch_over_ || used > quota_.cpu_max;
}

Bound Governor::time_bound() const { return stretch_over_ ? Bound::stretch_cpu : Bound::cpu; }

void Governor::begin_stretch() {
  cpu_at_stretch_ = cpu_before_;
  instructions_at_stretch_ = used_.instructions + pending_;
}

// A count that starts anew forgets what had passed of its interval, so that is charged in full.
void Governor::shorten_interval(std::size_t string_bytes) {
  int wanted = interval_;
  while (wanted / 2 >= kIntervalMin &&
         string_bytes * static_cast<std::size_t>(wanted) > kEasyStringBytes * kInterval) {
    wanted /= 2;
  }
  if (wanted == interval_) return;
  pending_ += interval_;
  interval_ = wanted;
  if (running_ != nullptr) enter(running_);
}

void Governor::enter(lua_State* L) {
  running_ = L;
  if (lua_gethookcount(L) > interval_) {
    lua_sethook(L, &Governor::hook, LUA_MASKCOUNT, interval_);
  }
}

void Governor::hook(lua_State* L, lua_Debug*) {
  Governor& governor = governor_of(L);
  if (governor.dead()) governor.raise_again(L);
  governor.used_.instructions += lua_gethookcount(L);
  governor.tick(L);
  const bool over = governor.slice_max_.count() > 0 && governor.in_slice_ &&
                    governor.looked_at_ - governor.slice_began_ > governor.slice_max_;
  if (!over || !governor.can_pause(L)) return;
  governor.paused_ = true;
  lua_yield(L, 0);
}

void Governor::tick(lua_State* L) {
  used_.instructions += pending_;
  pending_ = 0;
  if (used_.instructions > quota_.instructions_max) raise(L, Bound::instructions);
  const std::int64_t in_stretch = used_.instructions - instructions_at_stretch_;
  if (quota_.stretch_instructions_max > 0 && in_stretch > quota_.stretch_instructions_max) {
    raise(L, Bound::stretch_instructions);
  }
  if (over_time()) raise(L, time_bound());
}

void Governor::charge(lua_State* L, std::int64_t instructions) {
  if (dead()) raise_again(L);
  pending_ += instructions;
  if (pending_ >= kInterval) tick(L);
}

void Governor::charge_pattern(lua_State* L, std::int64_t steps) {
  if (dead()) raise_again(L);
  used_.pattern_steps += steps;
  if (used_.pattern_steps > quota_.pattern_steps_max) raise(L, Bound::pattern_steps);
  charge(L, steps / 8);
}

void Governor::charge_host_call(lua_State* L) {
  if (dead()) raise_again(L);
  if (++used_.host_calls > quota_.host_calls_max) raise(L, Bound::host_calls);
}

void Governor::charge_log(lua_State* L, std::size_t bytes) {
  if (dead()) raise_again(L);
  used_.log_bytes += static_cast<std::int64_t>(bytes);
  if (used_.log_bytes > quota_.log_bytes_max) raise(L, Bound::log_bytes);
}

void Governor::charge_output(lua_State* L, std::size_t bytes) {
  used_.output_bytes += static_cast<std::int64_t>(bytes);
  if (used_.output_bytes > quota_.output_bytes_max) raise(L, Bound::output_bytes);
}

void Governor::check_string(lua_State* L, std::size_t bytes) {
  if (bytes > static_cast<std::size_t>(quota_.string_bytes_max)) raise(L, Bound::string_bytes);
}

void Governor::check_list(lua_State* L, std::int64_t items) {
  if (items > quota_.list_items_max) raise(L, Bound::list_items);
}

void Governor::raise(lua_State* L, Bound bound) {
  kill(bound);
  raise_again(L);
}

void Governor::raise_again(lua_State* L) {
  lua_sethook(L, &Governor::hook, LUA_MASKCOUNT, 1);
  lua_pushlightuserdata(L, const_cast<char*>(&kSentinel));
  lua_error(L);
  std::abort();  // lua_error does not return; its declaration does not say so
}

Meter Governor::meter() const {
  Meter meter = used_;
  meter.instructions += pending_;
  meter.memory_bytes = static_cast<std::int64_t>(memory_);
  meter.memory_bytes_peak = static_cast<std::int64_t>(memory_peak_);
  meter.cpu = std::chrono::duration_cast<std::chrono::microseconds>(cpu_before_);
  return meter;
}

}  // namespace yoke::sandbox
