#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <lua.hpp>
#include <string_view>
#include <utility>

#include "sandbox/heap.h"
#include "sandbox/quota.h"

namespace yoke::sandbox {

// The bounds whose exhaustion ends a call for good.
enum class Bound : std::uint8_t {
  none,
  instructions,
  memory,
  cpu,
  pattern_steps,
  string_bytes,
  output_bytes,
  log_bytes,
  host_calls,
  coroutines,
  list_items,
  stretch_instructions,
  stretch_cpu,
};
std::string_view name_of(Bound bound);

// Meters one Lua state and ends it when it has used more than it may.
//
// The state's allocator, its count hook and every library function report here. Once a bound is
// exhausted the governor is dead: it raises a sentinel that pcall, xpcall and coroutine.* pass on,
// and a hook on every instruction raises it again should anything else have caught it.
//
// Ownership: outlives the lua_State whose extra space points at it.
// Threads:   those of the state: one at a time.
class Governor {
 public:
  // Instructions between two looks at the clock. Lua's own operators walk a whole string in one
  // instruction (`<` at 10 ns a byte, at worst), so the interval shrinks, for good, as soon as a
  // string over kEasyStringBytes is made.
  static constexpr int kInterval = 1'000;
  static constexpr int kIntervalMin = 10;
  static constexpr std::size_t kEasyStringBytes = 16 << 10;

  explicit Governor(const Quota& quota) : quota_(quota) {}
  virtual ~Governor() = default;
  Governor(const Governor&) = delete;
  Governor& operator=(const Governor&) = delete;

  static void* allocate(void* self, void* block, std::size_t old_size, std::size_t new_size);
  static void hook(lua_State* L, lua_Debug* event);

  // `L` is the thread whose instructions run from now on: gives it the hook that suits the state.
  void enter(lua_State* L);

  // Time on the processor counts between the two.
  void begin_slice();
  void end_slice();

  // From here on the bounds of a stretch count anew.
  void begin_stretch();

  // A slice that has lasted so long on the wall clock is paused by the hook, where can_pause().
  void pause_after(std::chrono::nanoseconds slice) { slice_max_ = slice; }
  bool is_paused() const { return paused_; }
  bool take_pause() { return std::exchange(paused_, false); }

  // Counts work of a library function as if it were that many instructions. Raises when dead.
  void charge(lua_State* L, std::int64_t instructions);
  void charge_copy(lua_State* L, std::size_t bytes) {
    charge(L, static_cast<std::int64_t>(bytes / 64));
  }
  void charge_scan(lua_State* L, std::size_t bytes) {
    charge(L, static_cast<std::int64_t>(bytes / 8));
  }

  void look(lua_State* L) { tick(L); }  // at the clock, now: for steps whose cost is not known

  void charge_pattern(lua_State* L, std::int64_t steps);
  void charge_host_call(lua_State* L);
  void charge_log(lua_State* L, std::size_t bytes);
  void charge_output(lua_State* L, std::size_t bytes);
  void check_string(lua_State* L, std::size_t bytes);  // raises when longer than a string may be
  void check_list(lua_State* L, std::int64_t items);   // raises when longer than a list may be
  bool hold_memory(std::size_t bytes);                 // buffers of library functions count too
  void release_memory(std::size_t bytes);

  [[noreturn]] void raise(lua_State* L, Bound bound);  // the first bound named stays
  [[noreturn]] void raise_again(lua_State* L);

  bool dead() const { return dead_ != Bound::none; }
  Bound cause() const { return dead_; }
  void kill(Bound bound) { dead_ = dead() ? dead_ : bound; }

  const Quota& quota() const { return quota_; }
  Meter meter() const;

  // The age of a table, function or coroutine: how many objects were made before it. Unlike its
  // address, the same in every process.
  static std::uint64_t age_of(const void* block) { return Heap::age_of(block); }

 protected:
  // Whether the running script can be suspended at this instruction, out of all that it is inside.
  virtual bool can_pause(lua_State*) const { return false; }

 private:
  bool admits(std::size_t growth, std::size_t size, std::size_t tag);
  bool over_time();
  Bound time_bound() const;
  void shorten_interval(std::size_t string_bytes);
  void tick(lua_State* L);

  Quota quota_;
  Bound dead_ = Bound::none;
  Meter used_;
  std::int64_t pending_ = 0;  // instructions not yet in `used_`
  std::size_t memory_ = 0;
  std::size_t memory_peak_ = 0;
  std::size_t unclocked_bytes_ = 0;  // allocated since the clock was last read
  std::uint64_t objects_made_ = 0;   // each block's age: 0 for what is no object
  Heap heap_;
  lua_State* running_ = nullptr;
  int interval_ = kInterval;
  std::chrono::nanoseconds looked_at_{0};  // the clock on the wall, at the last look at over_time
  std::chrono::nanoseconds slice_start_{0};
  std::chrono::nanoseconds cpu_before_{0};   // of the finished slices
  std::chrono::nanoseconds slice_began_{0};  // on the wall
  std::chrono::nanoseconds cpu_at_stretch_{0};
  std::int64_t instructions_at_stretch_ = 0;
  std::chrono::nanoseconds slice_max_{0};  // 0: none
  bool stretch_over_ = false;              // what the last look at the clock found
  bool in_slice_ = false;
  bool paused_ = false;
};

inline Governor& governor_of(lua_State* L) {
  return **static_cast<Governor**>(lua_getextraspace(L));
}

}  // namespace yoke::sandbox
