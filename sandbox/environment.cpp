#include "sandbox/environment.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <vector>

#include "sandbox/context.h"
#include "sandbox/lua_entry.h"
#include "sandbox/module_table.h"

namespace yoke::sandbox {

namespace {

// Strings that Lua makes while it has no memory or is in an error handler: they must exist before.
void anchor_strings(lua_State* L) {
  lua_createtable(L, 2, 0);
  lua_pushliteral(L, "error in error handling");
  lua_rawseti(L, -2, 1);
  lua_pushliteral(L, "not enough memory");
  lua_rawseti(L, -2, 2);
  set_slot(L, Slot::anchors);
}

using Ranks = std::unordered_map<lua_CFunction, int>;

void add_table(lua_State* L, const std::string& prefix,
               std::vector<std::pair<std::string, lua_CFunction>>& found, bool inner) {
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    const std::string name = prefix + std::string(text_at(L, -2));
    if (lua_iscfunction(L, -1) != 0) found.emplace_back(name, lua_tocfunction(L, -1));
    if (lua_istable(L, -1) && !inner) add_table(L, name + ".", found, true);
    lua_pop(L, 1);
  }
}

int collect_entry(lua_State* L) {
  auto& ranks = *static_cast<Ranks*>(lua_touserdata(L, 1));
  open_environment(L, context_of(L));
  std::vector<std::pair<std::string, lua_CFunction>> found;
  lua_pushnil(L);
  lua_setglobal(L, "_G");
  lua_pushglobaltable(L);
  add_table(L, "", found, false);
  std::sort(found.begin(), found.end());
  for (const auto& [name, function] : found) {
    ranks.emplace(function, static_cast<int>(ranks.size()) + 1);
  }
  return 0;
}

Ranks collect_ranks() {
  Ranks ranks;
  Context context(nullptr, Quota{}, Inputs{});
  lua_State* L = lua_newstate(&Governor::allocate, static_cast<Governor*>(&context));
  if (L == nullptr) return ranks;
  *static_cast<Governor**>(lua_getextraspace(L)) = &context;
  lua_pushcfunction(L, lua_entry<collect_entry>);
  lua_pushlightuserdata(L, &ranks);
  lua_pcall(L, 1, 0, 0);
  lua_close(L);
  return ranks;
}

}  // namespace

int rank_of(lua_CFunction function) {
  static const Ranks kRanks = collect_ranks();
  const auto found = kRanks.find(function);
  return found == kRanks.end() ? 0 : found->second;
}

void open_environment(lua_State* L, Context&) {
  anchor_strings(L);
  lua_newtable(L);
  set_slot(L, Slot::array_mark);
  open_base(L);
  open_traversal(L);
  open_metatables(L);
  open_coroutine(L);
  open_string(L);
  open_utf8(L);
  open_table(L);
  open_math(L);
  open_os(L);
  open_json(L);
  open_text(L);
  open_time(L);
  open_crypto(L);
  open_log(L);
  open_require(L);
  open_host_modules(L);
  open_definitions(L);
}

}  // namespace yoke::sandbox
