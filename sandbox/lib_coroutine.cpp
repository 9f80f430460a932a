#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

// Coroutines that a script makes. A host call inside one suspends the whole state: it yields out of
// every coroutine down to the host, and the answer travels back the same way, so that the
// coroutines in between never notice. There is no coroutine.close.
namespace yoke::sandbox {

namespace {

enum class Standing : std::uint8_t { running, dead, suspended, normal };

Standing standing_of(lua_State* L, lua_State* other) {
  if (L == other) return Standing::running;
  if (other == context_of(L).script) return Standing::normal;  // below us, or waiting for the host
  switch (lua_status(other)) {
    case LUA_YIELD:
      return Standing::suspended;
    case LUA_OK: {
      lua_Debug frame;
      if (lua_getstack(other, 0, &frame) != 0) return Standing::normal;
      return lua_gettop(other) == 0 ? Standing::dead : Standing::suspended;
    }
    default:
      return Standing::dead;
  }
}

const char* name_of(Standing standing) {
  switch (standing) {
    case Standing::running:
      return "running";
    case Standing::dead:
      return "dead";
    case Standing::suspended:
      return "suspended";
    case Standing::normal:
      return "normal";
  }
  return "dead";
}

lua_State* check_coroutine(lua_State* L, int index) {
  lua_State* other = lua_tothread(L, index);
  luaL_argexpected(L, other != nullptr, index, "coroutine");
  return other;
}

// Restores what a resume changes, on every way out.
class Resuming {
 public:
  Resuming(lua_State* L, lua_State* other)
      : context_(context_of(L)), resumer_(L), before_(context_.resumer_blocked) {
    context_.resumer_blocked = before_ || lua_isyieldable(L) == 0;
    context_.enter(other);
  }
  ~Resuming() {
    context_.resumer_blocked = before_;
    context_.enter(resumer_);
  }
  Resuming(const Resuming&) = delete;
  Resuming& operator=(const Resuming&) = delete;

 private:
  Context& context_;
  lua_State* resumer_;
  bool before_;
};

constexpr int kWaiting = -2;  // a host call or a pause inside is to be carried on outwards
constexpr int kError = -1;    // the error value is on L's stack

// Resumes `other` with the `count` values on top of its stack. Returns how many results it moved to
// L.
int run_coroutine(lua_State* L, lua_State* other, int count) {
  Context& context = context_of(L);
  int results = 0;
  int status = LUA_OK;
  {
    const Resuming resuming(L, other);
    status = lua_resume(other, L, count, &results);
  }
  if (context.dead()) context.raise_again(L);
  if (status == LUA_ERRMEM) context.raise(L, Bound::memory);
  if (status != LUA_OK && status != LUA_YIELD) {
    --context.coroutines_made;
    lua_xmove(other, L, 1);
    return kError;
  }
  if (status == LUA_YIELD && (context.waiting || context.is_paused())) return kWaiting;
  if (status == LUA_OK) --context.coroutines_made;
  luaL_checkstack(L, results + 1, "too many results to resume");
  lua_xmove(other, L, results);
  return results;
}

// The coroutine is at 1 or, for wrap(), the first upvalue.
template <lua_State* (*coroutine_of)(lua_State*), int (*deliver)(lua_State*, int)>
int carry_on(lua_State* L, int status, lua_KContext context);

template <lua_State* (*coroutine_of)(lua_State*), int (*deliver)(lua_State*, int)>
int run_and_deliver(lua_State* L, lua_State* other, int count) {
  const int results = run_coroutine(L, other, count);
  if (results != kWaiting) return deliver(L, results);
  return lua_yieldk(L, 0, 0, lua_continuation<carry_on<coroutine_of, deliver>>);
}

template <lua_State* (*coroutine_of)(lua_State*), int (*deliver)(lua_State*, int)>
int carry_on(lua_State* L, int, lua_KContext) {
  return run_and_deliver<coroutine_of, deliver>(L, coroutine_of(L), 0);
}

// Moves the arguments above `below` into the coroutine; an error message when that cannot be.
const char* hand_over(lua_State* L, lua_State* other, int below) {
  const Standing standing = standing_of(L, other);
  if (standing == Standing::dead) return "cannot resume dead coroutine";
  if (standing != Standing::suspended) return "cannot resume non-suspended coroutine";
  const int count = lua_gettop(L) - below;
  if (lua_checkstack(other, count + 1) == 0) return "too many arguments to resume";
  lua_xmove(L, other, count);
  return nullptr;
}

lua_State* resumed_coroutine(lua_State* L) { return check_coroutine(L, 1); }

int deliver_resume(lua_State* L, int results) {
  lua_pushboolean(L, results == kError ? 0 : 1);
  const int count = results == kError ? 1 : results;
  lua_insert(L, -(count + 1));
  return count + 1;
}

int coroutine_resume(lua_State* L) {
  lua_State* other = resumed_coroutine(L);
  const int count = lua_gettop(L) - 1;
  if (const char* problem = hand_over(L, other, 1); problem != nullptr) {
    lua_pushboolean(L, 0);
    lua_pushstring(L, problem);
    return 2;
  }
  return run_and_deliver<resumed_coroutine, deliver_resume>(L, other, count);
}

lua_State* wrapped_coroutine(lua_State* L) { return lua_tothread(L, lua_upvalueindex(1)); }

int deliver_wrap(lua_State* L, int results) {
  if (results != kError) return results;
  if (lua_type(L, -1) == LUA_TSTRING) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    governor_of(L).charge_copy(L, text_at(L, -1).size());
    lua_concat(L, 2);
  }
  return lua_error(L);
}

int wrap_call(lua_State* L) {
  lua_State* other = wrapped_coroutine(L);
  const int count = lua_gettop(L);
  if (const char* problem = hand_over(L, other, 0); problem != nullptr) {
    return luaL_error(L, "%s", problem);
  }
  return run_and_deliver<wrapped_coroutine, deliver_wrap>(L, other, count);
}

// Collects everything, then counts the coroutines that can still be resumed.
int count_alive(lua_State* L) {
  lua_gc(L, LUA_GCCOLLECT);
  int alive = 0;
  push_slot_table(L, Slot::threads);
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    lua_pop(L, 1);
    lua_State* other = lua_tothread(L, -1);
    if (standing_of(L, other) != Standing::dead) ++alive;
  }
  lua_pop(L, 1);
  return alive;
}

void push_thread_registry(lua_State* L) {
  if (get_slot(L, Slot::threads) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "k");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  set_slot(L, Slot::threads);
}

// A new coroutine starts a fresh count of the hook's interval, so one interval is charged up front.
int coroutine_create(lua_State* L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  Context& context = context_of(L);
  context.charge(L, Governor::kInterval);
  push_thread_registry(L);
  if (context.coroutines_made >= context.quota().coroutines_max) {
    context.charge(L, 50 * Governor::kInterval);
    context.coroutines_made = count_alive(L);
    if (context.coroutines_made >= context.quota().coroutines_max) {
      context.raise(L, Bound::coroutines);
    }
  }
  lua_State* other = lua_newthread(L);
  ++context.coroutines_made;
  lua_pushvalue(L, -1);
  lua_pushboolean(L, 1);
  lua_rawset(L, -4);
  lua_pushvalue(L, 1);
  lua_xmove(L, other, 1);
  return 1;
}

int coroutine_wrap(lua_State* L) {
  coroutine_create(L);
  lua_pushcclosure(L, lua_entry<wrap_call>, 1);
  return 1;
}

int coroutine_yield(lua_State* L) {
  if (L == context_of(L).script) {
    return luaL_error(L, "attempt to yield from outside a coroutine");
  }
  return lua_yield(L, lua_gettop(L));
}

int coroutine_status(lua_State* L) {
  lua_pushstring(L, name_of(standing_of(L, check_coroutine(L, 1))));
  return 1;
}

int coroutine_isyieldable(lua_State* L) {
  lua_State* other = lua_isnoneornil(L, 1) ? L : check_coroutine(L, 1);
  lua_pushboolean(L, other != context_of(L).script && lua_isyieldable(other) != 0 ? 1 : 0);
  return 1;
}

int coroutine_running(lua_State* L) {
  lua_pushthread(L);
  lua_pushboolean(L, L == context_of(L).script ? 1 : 0);
  return 2;
}

constexpr Entry kCoroutineEntries[] = {
    {"create", lua_entry<coroutine_create>}, {"isyieldable", lua_entry<coroutine_isyieldable>},
    {"resume", lua_entry<coroutine_resume>}, {"running", lua_entry<coroutine_running>},
    {"status", lua_entry<coroutine_status>}, {"wrap", lua_entry<coroutine_wrap>},
    {"yield", lua_entry<coroutine_yield>},
};

}  // namespace

void open_coroutine(lua_State* L) {
  lua_createtable(L, 0, static_cast<int>(std::size(kCoroutineEntries)));
  set_functions(L, kCoroutineEntries);
  lua_setglobal(L, "coroutine");
}

}  // namespace yoke::sandbox
