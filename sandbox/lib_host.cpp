#include <algorithm>

#include "runtime/base/text.h"
#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"
#include "sandbox/module_table.h"
#include "sandbox/program.h"
#include "sandbox/value.h"

// The modules through which a script asks something of the world. Each function suspends the state;
// the script sees a plain call.
namespace yoke::sandbox {

namespace {

int finish_host_call(lua_State* L, int, lua_KContext) {
  Context& context = context_of(L);
  if (context.reply == nullptr) return luaL_error(L, "this call has no answer");
  if (!context.reply->ok) {
    luaL_where(L, 1);
    push(L, to_message(context.reply->message));
    lua_concat(L, 2);
    return lua_error(L);
  }
  push_json(L, context.reply->value);
  return 1;
}

void check_may_wait(lua_State* L, const char* module, const char* function) {
  Context& context = context_of(L);
  if (context.defining) {
    luaL_error(L, "%s.%s cannot be called while the file is read; call it from a function", module,
               function);
  }
  if (context.boundary != nullptr) {
    luaL_error(L, "%s.%s cannot be called inside %s", module, function, context.boundary);
  }
  if (context.resumer_blocked || lua_isyieldable(L) == 0) {
    luaL_error(L, "%s.%s cannot be called inside a metamethod that a library function runs", module,
               function);
  }
}

Json read_arguments(lua_State* L, const char* module, const char* function) {
  const Quota& quota = governor_of(L).quota();
  Json arguments = Json::array();
  int count = lua_gettop(L);
  while (count > 0 && lua_isnil(L, count)) --count;
  ReadOptions options;
  options.bytes_max =
      static_cast<std::size_t>(std::max(quota.output_bytes_max, quota.string_bytes_max));
  for (int i = 1; i <= count; ++i) {
    options.root = std::string(module) + "." + function + ": argument " + std::to_string(i);
    Reading reading = read_json(L, i, options);
    if (!reading.problem.empty()) luaL_error(L, "%s", reading.problem.c_str());
    options.bytes_max -= reading.bytes;
    arguments.push_back(std::move(reading.value));
  }
  return arguments;
}

int host_call(lua_State* L) {
  const char* module = lua_tostring(L, lua_upvalueindex(1));
  const char* function = lua_tostring(L, lua_upvalueindex(2));
  Context& context = context_of(L);
  check_may_wait(L, module, function);
  context.charge_host_call(L);
  context.waiting = HostCall{module, function, read_arguments(L, module, function)};
  return lua_yieldk(L, 0, 0, lua_continuation<finish_host_call>);
}

void open_host_module(lua_State* L, const Module& module) {
  lua_createtable(L, 0, static_cast<int>(module.functions.size()));
  for (const ModuleFunction& function : module.functions) {
    lua_pushstring(L, function.name);
    lua_pushstring(L, module.name);
    lua_pushvalue(L, -2);
    lua_pushcclosure(L, lua_entry<host_call>, 2);
    lua_rawset(L, -3);
  }
  lua_setglobal(L, module.name);
}

int context_progress(lua_State* L) {
  const double done = luaL_checknumber(L, 1);
  const double total = luaL_optnumber(L, 2, 0);
  const std::string_view message = lua_isnoneornil(L, 3) ? std::string_view() : check_text(L, 3);
  Context& context = context_of(L);
  context.charge(L, 100);
  context.charge_log(L, message.size() + 16);
  if (context.inputs.progress) context.inputs.progress(done, total, to_message(message));
  return 0;
}

int context_log(lua_State* L) {
  luaL_checkany(L, 1);
  push_as_text(L, 1);
  write_log_line(L, "info", text_at(L, -1));
  return 0;
}

}  // namespace

void add_context_functions(lua_State* L) {
  lua_pushcfunction(L, lua_entry<context_progress>);
  lua_setfield(L, -2, "progress");
  lua_pushcfunction(L, lua_entry<context_log>);
  lua_setfield(L, -2, "log");
}

void open_host_modules(lua_State* L) {
  for (const std::string& name : context_of(L).inputs.modules) {
    const Module* module = find_module(name);
    if (module != nullptr && module->effectful) open_host_module(L, *module);
  }
}

}  // namespace yoke::sandbox
