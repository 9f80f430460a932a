#include "sandbox/failure.h"

#include "runtime/base/text.h"
#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"
#include "sandbox/module_table.h"
#include "sandbox/program.h"

namespace yoke::sandbox {

namespace {

constexpr int kFramesMax = 20;
constexpr std::string_view kFlowFile = "$flow.lua";

std::string place_of(const lua_Debug& frame) {
  return std::string(frame.short_src) + ":" + std::to_string(frame.currentline);
}

// The script's own frames, innermost first.
void add_frames(lua_State* thread, Failed& failure) {
  lua_Debug frame{};
  for (int level = 0, shown = 0; shown < kFramesMax && lua_getstack(thread, level, &frame) != 0;
       ++level) {
    if (lua_getinfo(thread, "Sln", &frame) == 0 || frame.currentline < 0) continue;
    if (std::string_view(frame.short_src) == kFlowFile) continue;  // no frame of the script's own
    if (failure.place.empty()) failure.place = place_of(frame);
    if (shown++ > 0) failure.traceback += "\n";
    failure.traceback += place_of(frame);
    if (frame.name != nullptr) {
      failure.traceback += " in " + shorten(to_message(frame.name), 80);
    } else if (*frame.what == 'm') {
      failure.traceback += " in the file's body";
    }
  }
}

std::string describe_value(lua_State* thread) {
  switch (lua_type(thread, -1)) {
    case LUA_TSTRING:
      return std::string(text_at(thread, -1).substr(0, 16'384));
    case LUA_TNIL:
      return "an error without a message (nil)";
    case LUA_TNUMBER:
    case LUA_TBOOLEAN:
      push_as_text(thread, -1);
      return std::string(text_at(thread, -1));
    case LUA_TTABLE: {
      lua_pushliteral(thread, "message");
      if (lua_rawget(thread, -2) == LUA_TSTRING) return std::string(text_at(thread, -1));
      return "an error that is a table without a field 'message'";
    }
    default:
      return std::string("an error that is a ") + luaL_typename(thread, -1);
  }
}

// What a script that uses a module it was not given has to change: Lua alone says "a nil value".
std::string with_mend(std::string text) {
  constexpr std::string_view kMark = "attempt to index a nil value (global '";
  const std::size_t mark = text.find(kMark);
  if (mark == std::string::npos) return text;
  const std::size_t start = mark + kMark.size();
  const std::string name = text.substr(start, text.find('\'', start) - start);
  const Module* module = find_module(name);
  if (module == nullptr || !module->effectful) return text;
  return text + ": only a tool that declares permissions for '" + name + "' has it";
}

std::string bound_text(const Context& context, Bound bound) {
  const Quota& quota = context.quota();
  switch (bound) {
    case Bound::none:
      return "";
    case Bound::instructions:
      return std::to_string(quota.instructions_max) + " instructions";
    case Bound::memory:
      return std::to_string(quota.memory_bytes_max) + " bytes of memory";
    case Bound::cpu:
      return std::to_string(quota.cpu_max.count()) + " ms of processor time";
    case Bound::pattern_steps:
      return std::to_string(quota.pattern_steps_max) + " pattern steps";
    case Bound::string_bytes:
      return std::to_string(quota.string_bytes_max) + " bytes in one string";
    case Bound::output_bytes:
      return std::to_string(quota.output_bytes_max) + " bytes of output";
    case Bound::log_bytes:
      return std::to_string(quota.log_bytes_max) + " bytes of log";
    case Bound::host_calls:
      return std::to_string(quota.host_calls_max) + " host calls";
    case Bound::coroutines:
      return std::to_string(quota.coroutines_max) + " live coroutines";
    case Bound::list_items:
      return std::to_string(quota.list_items_max) + " items in one list";
    case Bound::stretch_instructions:
      return std::to_string(quota.stretch_instructions_max) + " instructions between two calls";
    case Bound::stretch_cpu:
      return std::to_string(quota.stretch_cpu_max.count()) +
             " ms of processor time between two calls";
  }
  return "";
}

}  // namespace

Failed describe_quota(const Context& context, Bound bound) {
  Failed failure;
  failure.kind = Failed::Kind::quota;
  failure.quota = name_of(bound);
  failure.message = "the script used more than it may: " + bound_text(context, bound);
  return failure;
}

Failed describe_failure(lua_State* L, lua_State* thread, int status) {
  Context& context = context_of(L);
  if (status == LUA_ERRMEM) context.kill(Bound::memory);
  if (context.dead()) {
    Failed failure = describe_quota(context, context.cause());
    add_frames(thread, failure);
    return failure;
  }
  Failed failure;
  lua_checkstack(thread, 4);
  const std::string text = with_mend(describe_value(thread));
  Located located = split_place(text, *context.program);
  failure.message = to_message(located.text);
  failure.place = std::move(located.place);
  add_frames(thread, failure);
  return failure;
}

}  // namespace yoke::sandbox
