#pragma once

#include <catch2/catch.hpp>
#include <lua.hpp>
#include <string>

#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

namespace yoke::sandbox::test {

// A sandboxed state that the test itself drives, with the stock string library beside it as `stock`
// where asked for.
class OpenState {
 public:
  explicit OpenState(Inputs inputs = {}, const Quota& quota = wide())
      : context_(nullptr, quota, std::move(inputs)) {
    L_ = lua_newstate(&Governor::allocate, static_cast<Governor*>(&context_));
    *static_cast<Governor**>(lua_getextraspace(L_)) = &context_;
    lua_pushcfunction(L_, lua_entry<open>);
    REQUIRE(lua_pcall(L_, 0, 0, 0) == LUA_OK);
  }
  ~OpenState() { lua_close(L_); }
  OpenState(const OpenState&) = delete;
  OpenState& operator=(const OpenState&) = delete;

  lua_State* get() const { return L_; }

  // Runs a text and gives its first result as a string.
  std::string run(const std::string& text) {
    const int top = lua_gettop(L_);
    const int loaded = luaL_loadbufferx(L_, text.data(), text.size(), "=test", "t");
    if (loaded == LUA_OK) lua_pcall(L_, 0, 1, 0);
    const char* result = lua_tostring(L_, -1);
    std::string out = result != nullptr ? result : "";
    lua_settop(L_, top);
    return out;
  }

 private:
  static int open(lua_State* L) {
    open_environment(L, context_of(L));
    return 0;
  }
  static Quota wide() {
    Quota quota;
    quota.instructions_max = INT64_MAX;
    quota.pattern_steps_max = INT64_MAX;
    quota.memory_bytes_max = 256 << 20;
    return quota;
  }

  Context context_;
  lua_State* L_ = nullptr;
};

}  // namespace yoke::sandbox::test
