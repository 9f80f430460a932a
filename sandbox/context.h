#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/id.h"
#include "sandbox/governor.h"
#include "sandbox/pattern.h"
#include "sandbox/vm.h"

namespace yoke::sandbox {

class RegexCache;

// Places in the registry that only this library uses.
enum class Slot : int {
  array_mark = 3,  // the metatable of lists that may be empty
  meta_cache,      // private metatables made lately
  threads,         // weak: the coroutines not yet collected
  marks,           // table -> kind and line of the definition it is
  definitions,     // list: what the file returned
  loaded,          // "lib.name" -> what it returned
  key_cache,       // sorted keys of tables that next() is walking
  script_thread,   // keeps the outermost thread alive
  anchors,         // strings that must exist before memory runs out
};

inline int get_slot(lua_State* L, Slot slot) {
  return lua_rawgeti(L, LUA_REGISTRYINDEX, static_cast<lua_Integer>(slot));
}
inline void set_slot(lua_State* L, Slot slot) {  // pops the value
  lua_rawseti(L, LUA_REGISTRYINDEX, static_cast<lua_Integer>(slot));
}
// Pushes the slot's table, making it first where it is absent.
void push_slot_table(lua_State* L, Slot slot);

// All that the functions of one state share.
//
// Ownership: outlives the state; borrows nothing.
class Context : public Governor {
 public:
  Context(std::shared_ptr<const Program> program, const Quota& quota, Inputs inputs);
  ~Context() override;

  std::shared_ptr<const Program> program;
  Inputs inputs;
  SeededRandom random;
  RegexCache& regexes();
  MatchScratch match_scratch;

  lua_State* script = nullptr;     // the outermost thread that runs the script
  bool defining = false;           // the file's body is running: nothing may wait
  const char* boundary = nullptr;  // a C function on the stack across which nothing may wait
  bool resumer_blocked = false;    // some resumer of the running coroutine cannot wait
  int coroutines_made = 0;         // since the last count of those alive, less the finished ones

  std::optional<HostCall> waiting;   // the call that suspended the state
  const HostReply* reply = nullptr;  // its answer, while it is being handed over

  // The walk of next(): which tables' keys are in Slot::key_cache and where the last step was.
  struct KeyWalk {
    const void* table = nullptr;
    lua_Integer at = 0;
    lua_Integer count = 0;
  };
  std::array<KeyWalk, 4> walks;
  std::size_t walk_next = 0;  // the entry to replace

 protected:
  bool can_pause(lua_State* L) const override {
    return !defining && boundary == nullptr && !resumer_blocked && lua_isyieldable(L) != 0;
  }

 private:
  std::unique_ptr<RegexCache> regexes_;
};

// Hands a line to the host as valid UTF-8, within the log's quota.
void write_log_line(lua_State* L, std::string_view level, std::string_view line);

inline Context& context_of(lua_State* L) { return static_cast<Context&>(governor_of(L)); }

// While it lives no host call can wait, and its error says why.
class Boundary {
 public:
  Boundary(lua_State* L, const char* name) : context_(context_of(L)), before_(context_.boundary) {
    context_.boundary = name;
  }
  ~Boundary() { context_.boundary = before_; }
  Boundary(const Boundary&) = delete;
  Boundary& operator=(const Boundary&) = delete;

 private:
  Context& context_;
  const char* before_;
};

// Text that a library function builds: counted as the state's memory, capped as one string.
// Raises through Lua, so it must only live inside a function that Lua calls.
class CappedText {
 public:
  explicit CappedText(lua_State* L) : L_(L), context_(context_of(L)) {}
  ~CappedText() { context_.release_memory(held_); }
  CappedText(const CappedText&) = delete;
  CappedText& operator=(const CappedText&) = delete;

  void append(std::string_view more) {
    grow(more.size());
    text_.append(more);
  }
  void append(char c) {
    grow(1);
    text_.push_back(c);
  }
  // Room for more bytes at the end, to be filled by the caller.
  char* extend(std::size_t more) {
    grow(more);
    text_.resize(text_.size() + more);
    return text_.data() + text_.size() - more;
  }
  std::string_view view() const { return text_; }
  std::size_t size() const { return text_.size(); }
  void push() const {  // onto the Lua stack
    context_.charge_copy(L_, text_.size());
    lua_pushlstring(L_, text_.data(), text_.size());
  }

 private:
  void grow(std::size_t more) {
    if (text_.size() + more <= held_) return;
    context_.check_string(L_, text_.size() + more);
    const std::size_t wanted = std::max<std::size_t>(2 * (text_.size() + more), 256);
    if (!context_.hold_memory(wanted - held_)) context_.raise(L_, Bound::memory);
    held_ = wanted;
    text_.reserve(wanted);
  }

  lua_State* L_;
  Context& context_;
  std::string text_;
  std::size_t held_ = 0;
};

}  // namespace yoke::sandbox
