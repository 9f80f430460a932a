#include "sandbox/vm_define.h"

#include <algorithm>

#include "sandbox/context.h"
#include "sandbox/definitions.h"
#include "sandbox/failure.h"
#include "sandbox/lua_entry.h"
#include "sandbox/program.h"
#include "sandbox/value.h"

namespace yoke::sandbox {

namespace {

constexpr lua_Integer kDefinitionsMax = 1'000;

Failed invalid(std::string message, std::string place) {
  Failed failure;
  failure.kind = Failed::Kind::conversion;
  failure.message = to_message(message);
  failure.place = std::move(place);
  return failure;
}

// The definition on top of the stack.
std::optional<Failed> read_definition(lua_State* L, const Mark& mark, Definition& out) {
  Context& context = context_of(L);
  const std::string place = context.program->main().file + ":" + std::to_string(mark.line);
  out.kind = mark.kind;
  out.line = mark.line;
  const int table = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    if (lua_type(L, -2) == LUA_TSTRING && lua_isfunction(L, -1)) {
      out.functions.emplace_back(text_at(L, -2));
    }
    lua_pop(L, 1);
  }
  std::sort(out.functions.begin(), out.functions.end());
  ReadOptions options;
  options.root = mark.kind;
  options.without_functions = true;
  options.bytes_max = static_cast<std::size_t>(context.quota().output_bytes_max);
  Reading reading = read_json(L, table, options);
  if (!reading.problem.empty()) return invalid(reading.problem, place);
  if (!reading.value.is_object()) return invalid(out.kind + " needs named fields", place);
  out.fields = std::move(reading.value);
  return std::nullopt;
}

// The value on top is a definition or a list of them; the list is kept.
std::optional<Failed> read_returned(lua_State* L, std::vector<Definition>& out) {
  const std::string& file = context_of(L).program->main().file;
  if (mark_of(L, -1)) {
    lua_createtable(L, 1, 0);
    lua_insert(L, -2);
    lua_rawseti(L, -2, 1);
  }
  const bool is_list = lua_istable(L, -1);
  const auto count = is_list ? static_cast<lua_Integer>(lua_rawlen(L, -1)) : 0;
  if (count == 0) {
    return invalid(
        "the file must return tool {…}, agent {…}, workflow {…}, model {…}, tests {…} or "
        "check {…}, or a list of them",
        file);
  }
  if (count > kDefinitionsMax) return invalid("the file returns too many definitions", file);
  const int list = lua_gettop(L);
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, list, i);
    const std::optional<Mark> mark = mark_of(L, -1);
    if (!mark) return invalid("item " + std::to_string(i) + " of the list is no definition", file);
    if (auto failure = read_definition(L, *mark, out.emplace_back())) return failure;
    lua_pop(L, 1);
  }
  set_slot(L, Slot::definitions);
  return std::nullopt;
}

}  // namespace

std::optional<Failed> run_body(lua_State* L, std::vector<Definition>& out) {
  Context& context = context_of(L);
  lua_State* const thread = lua_newthread(L);
  context.script = thread;
  context.defining = true;
  load_chunk(thread, context.program->main());
  int results = 0;
  context.enter(thread);
  const int status = lua_resume(thread, L, 0, &results);
  context.enter(L);
  context.defining = false;
  if (status != LUA_OK || context.dead()) return describe_failure(L, thread, status);
  if (results == 0) lua_pushnil(thread);
  lua_settop(thread, results == 0 ? -1 : -results);  // the first one
  lua_xmove(thread, L, 1);
  auto failure = read_returned(L, out);
  if (failure) out.clear();
  return failure;
}

}  // namespace yoke::sandbox
