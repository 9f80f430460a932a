#include <dlfcn.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sandbox/module_table.h"
#include "tests/sandbox/script.h"
#include "tests/sandbox/state.h"

// Walks everything a script can reach and looks for what it must not.
namespace yoke::sandbox::test {

namespace {

// All C functions reachable from the value on top, by way of tables, metatables and upvalues.
class Walk {
 public:
  explicit Walk(lua_State* L) : L_(L) {}

  void visit_top(const std::string& path) {  // pops it
    luaL_checkstack(L_, 10, "walk");
    const int type = lua_type(L_, -1);
    if (lua_iscfunction(L_, -1) != 0) functions[lua_tocfunction(L_, -1)] = path;
    const void* identity = lua_topointer(L_, -1);
    const bool fresh = identity != nullptr && seen_.insert(identity).second;
    if (fresh || type == LUA_TSTRING) visit_metatable(path);
    if (fresh && type == LUA_TFUNCTION) visit_upvalues(path);
    if (fresh && type == LUA_TTABLE) visit_fields(path);
    kinds.insert(type);
    lua_pop(L_, 1);
  }

  std::map<lua_CFunction, std::string> functions;
  std::set<int> kinds;

 private:
  void visit_metatable(const std::string& path) {
    if (lua_getmetatable(L_, -1) != 0) visit_top(path + "<meta>");
  }
  void visit_upvalues(const std::string& path) {
    for (int i = 1; lua_getupvalue(L_, -1, i) != nullptr; ++i) {
      visit_top(path + "<up" + std::to_string(i) + ">");
    }
  }
  void visit_fields(const std::string& path) {
    lua_pushnil(L_);
    while (lua_next(L_, -2) != 0) {
      lua_pushvalue(L_, -2);
      const char* key = lua_type(L_, -1) == LUA_TSTRING ? lua_tostring(L_, -1) : "?";
      const std::string inner = path + "." + key;
      visit_top(inner + "<key>");
      visit_top(inner);
    }
  }

  lua_State* L_;
  std::set<const void*> seen_;
};

bool is_stock(lua_CFunction function) {
  Dl_info info{};
  if (dladdr(reinterpret_cast<void*>(function), &info) == 0) return false;
  return std::string(info.dli_fname).find("liblua") != std::string::npos;
}

// The stock functions by name, as a plain Lua has them; of two names the first in the alphabet.
std::map<lua_CFunction, std::string> stock_names() {
  std::map<std::string, lua_CFunction> found;
  lua_State* L = luaL_newstate();
  luaL_openlibs(L);
  luaL_dostring(
      L, "string_meta = getmetatable('') step = { ipairs = ipairs{}, codes = utf8.codes('') }");
  for (const char* library : {"_G", "coroutine", "debug", "io", "math", "os", "package", "step",
                              "string", "string_meta", "table", "utf8"}) {
    lua_getglobal(L, library);
    lua_pushnil(L);
    while (lua_next(L, -2) != 0) {
      const std::string name = std::string(library) + "." + lua_tostring(L, -2);
      if (lua_iscfunction(L, -1) != 0) found[name] = lua_tocfunction(L, -1);
      lua_pop(L, 1);
    }
    lua_pop(L, 1);
  }
  lua_close(L);
  std::map<lua_CFunction, std::string> names;
  for (const auto& [name, function] : found) names.emplace(function, name);
  return names;
}

// Objects a script meets that no global names.
const char* const kMet = R"(
met = { pairs({ x = 1 }), string.gmatch('a', 'a'), coroutine.wrap(print), ipairs({}),
  utf8.codes('a'), select(2, pcall(error, { 'object' })), coroutine.create(print),
  setmetatable({}, { __index = string, __gc = print, __close = print, __mode = 'k' }),
  json.decode('[[]]'), text.parse_csv('a\n1') })";

std::string names_of_globals(lua_State* L) {
  std::vector<std::string> names;
  lua_pushglobaltable(L);
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    const std::string name(text_at(L, -2));
    if (!lua_istable(L, -1) || name == "_G") {
      names.push_back(name);
    } else {
      lua_pushnil(L);
      while (lua_next(L, -2) != 0) {
        names.push_back(name + "." + std::string(text_at(L, -2)));
        lua_pop(L, 1);
      }
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  std::sort(names.begin(), names.end());
  std::string all;
  for (const std::string& name : names) all += name + " ";
  return all;
}

}  // namespace

TEST_CASE("a script's globals are exactly these") {
  OpenState state;
  CHECK(
      names_of_globals(state.get()) ==
      "_G _VERSION agent assert backend check coroutine.create coroutine.isyieldable "
      "coroutine.resume "
      "coroutine.running coroutine.status coroutine.wrap coroutine.yield crypto.base64_decode "
      "crypto.base64_encode crypto.hex crypto.hmac_sha256 crypto.random_bytes crypto.sha256 "
      "crypto.unhex crypto.uuid error getmetatable hook ipairs json.array json.decode json.encode "
      "json.null log.debug log.error log.info log.warn math.abs math.acos math.asin math.atan "
      "math.ceil math.cos math.deg math.exp math.floor math.fmod math.huge math.log math.max "
      "math.maxinteger math.min math.mininteger math.modf math.pi math.rad math.random math.sin "
      "math.sqrt math.tan math.tointeger math.type math.ult model next os.clock os.date "
      "os.difftime os.time pairs pcall print rawequal rawget rawlen rawset require schema select "
      "setmetatable string.byte string.char string.find string.format string.gmatch string.gsub "
      "string.len string.lower string.match string.rep string.reverse string.sub string.upper "
      "table.concat table.insert table.move table.pack table.remove table.sort table.unpack "
      "tests text.chunk text.diff text.ends_with text.find text.find_all text.from_html "
      "text.lines text.matches text.pad text.parse_csv text.replace text.shorten text.similarity "
      "text.split text.starts_with text.to_csv "
      "text.trim text.width text.wrap time.add time.format time.now time.parse time.parts "
      "tonumber tool tostring type utf8.char utf8.charpattern utf8.codepoint utf8.codes utf8.len "
      "utf8.offset workflow xpcall ");
}

TEST_CASE("no stock C function is reachable but those that are safe as they are") {
  Inputs inputs;
  for (const Module& module : modules()) inputs.modules.emplace_back(module.name);
  OpenState state(inputs);
  lua_State* L = state.get();
  REQUIRE(state.run(kMet) == "");
  Walk walk(L);
  lua_pushglobaltable(L);
  walk.visit_top("_G");
  REQUIRE(walk.functions.size() > 100);
  const auto names = stock_names();
  std::string reachable;
  std::set<std::string> sorted;
  for (const auto& [function, path] : walk.functions) {
    if (!is_stock(function)) continue;
    const auto known = names.find(function);
    sorted.insert(known != names.end() ? known->second : "unknown " + path);
  }
  for (const std::string& name : sorted) reachable += name + " ";
  CHECK(reachable ==
        "_G.assert _G.error _G.ipairs _G.rawequal _G.rawget _G.rawlen _G.rawset _G.select _G.type "
        "math.abs math.acos math.asin math.atan math.ceil math.cos math.deg math.exp math.floor "
        "math.fmod math.log math.max math.min math.modf math.rad math.sin math.sqrt math.tan "
        "math.tointeger math.type math.ult step.codes step.ipairs string.len string_meta.__add "
        "string_meta.__div string_meta.__idiv string_meta.__mod string_meta.__mul "
        "string_meta.__pow string_meta.__sub string_meta.__unm table.pack utf8.codes ");
  CHECK(walk.kinds.count(LUA_TUSERDATA) == 0);
}

namespace {

// "name" of each function and "name=" of each value that a module's table lists.
std::set<std::string> listed_members(const Module& module) {
  std::set<std::string> names;
  for (const ModuleFunction& member : module.functions) {
    names.insert(member.params == nullptr ? std::string(member.name) + "=" : member.name);
  }
  return names;
}

// The same of the table on top of the stack; modules within it are no members.
std::set<std::string> present_members(lua_State* L, const std::set<std::string>& modules) {
  std::set<std::string> names;
  lua_pushnil(L);
  while (lua_next(L, -2) != 0) {
    const std::string name(text_at(L, -2));
    bool callable = lua_isfunction(L, -1);
    if (!callable && luaL_getmetafield(L, -1, "__call") != LUA_TNIL) {
      callable = true;
      lua_pop(L, 1);
    }
    if (!modules.contains(name)) names.insert(callable ? name : name + "=");
    lua_pop(L, 1);
  }
  return names;
}

}  // namespace

TEST_CASE("the table of modules names exactly the functions and values there are") {
  Inputs inputs;
  for (const Module& module : modules()) inputs.modules.emplace_back(module.name);
  OpenState state(inputs);
  lua_State* L = state.get();
  std::vector<Module> all(modules().begin(), modules().end());
  all.insert(all.end(), language().begin(), language().end());
  std::set<std::string> names;
  for (const Module& module : all) names.insert(module.name);
  names.erase("model");  // also a plain function: what marks a model
  for (const Module& module : all) {
    StackGuard guard(L);
    const bool plain = std::string_view(module.name).empty();
    if (plain) {
      lua_pushglobaltable(L);
    } else {
      lua_getglobal(L, module.name);
    }
    REQUIRE(lua_istable(L, -1));
    INFO(module.name);
    CHECK(listed_members(module) == present_members(L, plain ? names : std::set<std::string>{}));
  }
}

TEST_CASE("the table of modules lists what ctx holds") {
  const Json value = value_of(
      "local names = {} for name, value in pairs(ctx) do\n"
      "names[#names + 1] = type(value) == 'function' and name or name .. '=' end\n"
      "return names",
      Json::array({Json::object(), Json{{"$ctx", true}, {"run_id", "r"}}}));
  std::set<std::string> listed;
  for (const ModuleFunction& member : context_members()) {
    if (member.params != nullptr) listed.insert(member.name);
  }
  std::set<std::string> present;
  for (const Json& name : value) {
    if (name != "run_id=") present.insert(name.get<std::string>());
  }
  CHECK(listed == present);
}

TEST_CASE("a parameter of the table is taken apart into name, type and mark") {
  const auto all = parameters_of("url: string, options: {query: table?, n: integer}?, ...: any");
  REQUIRE(all.size() == 3);
  CHECK(all[0].name == "url");
  CHECK(all[1].type == "{query: table?, n: integer}");
  CHECK(all[1].optional);
  CHECK(all[2].name == "...");
  CHECK(parameters_of("{status: integer}").front().name.empty());
  CHECK(parameters_of("").empty());
}

TEST_CASE("a private metatable holds no finalizer, no weakness and no close") {
  OpenState state;
  lua_State* L = state.get();
  REQUIRE(state.run("object = setmetatable({}, { __gc = print, __close = print, __mode = 'k', "
                    "__len = print })") == "");
  StackGuard guard(L);
  lua_getglobal(L, "object");
  REQUIRE(lua_getmetatable(L, -1) != 0);
  for (const char* name : {"__gc", "__close", "__mode"}) {
    lua_pushstring(L, name);
    CHECK(lua_rawget(L, -2) == LUA_TNIL);
    lua_pop(L, 1);
  }
  lua_pushliteral(L, "__len");
  CHECK(lua_rawget(L, -2) == LUA_TFUNCTION);
}

}  // namespace yoke::sandbox::test
