#include <lua.hpp>
#include <span>
#include <string>

#include "runtime/base/ensure.h"
#include "runtime/base/hash.h"
#include "sandbox/vm.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

// Our pattern matcher does as stock Lua's, wherever it ends within some steps. Input: a pattern
// (its length is the first byte) and a subject. One Lua text does the work on both sides.
namespace yoke::fuzz {
namespace {

using sandbox::Done;
using sandbox::Program;
using sandbox::Quota;
using sandbox::Vm;

const char* const kWork = R"(
local string = string
local function shown(ok, ...)
  if not ok then
    return tostring((...)):find('too complex', 1, true) and 'too complex' or 'error'
  end
  local out = table.pack(...)
  for i = 1, out.n do out[i] = math.type(out[i]) == 'integer' and '#' .. out[i] or tostring(out[i])
  end
  return table.concat(out, '|')
end
local function all(s, p)
  local out = {}
  for a, b, c in string.gmatch(s, p) do
    out[#out + 1] = tostring(a) .. ',' .. tostring(b) .. ',' .. tostring(c)
  end
  return table.concat(out, ';')
end
local function work(s, p)
  return table.concat({
    shown(pcall(string.find, s, p)),
    shown(pcall(string.find, s, p, 3)),
    shown(pcall(string.match, s, p, -2)),
    shown(pcall(all, s, p)),
    shown(pcall(string.gsub, s, p, '<%0>')),
    shown(pcall(string.gsub, s, p, '%1%2', 2)),
    shown(pcall(string.gsub, s, 'a', p)),
    shown(pcall(string.gsub, s, p, { a = 'A', ab = false, [''] = 'e' })),
    shown(pcall(string.gsub, s, p, function(a, b) return b or a end)),
    shown(pcall(string.find, s, p, 1, true)),
  }, '\n')
end
)";

std::shared_ptr<const Program> ours() {
  static const auto kProgram = sandbox::compile(
      {"work.lua", std::string(kWork) +
                       "return tool { run = function(input)\n"
                       "return crypto.hex(work(crypto.unhex(input.s), crypto.unhex(input.p)))\n"
                       "end }"},
      Quota{});
  ENSURE(kProgram.has_value());
  return *kProgram;
}

std::string hex_of(std::string_view text) {
  return to_hex(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

// Empty when it takes more steps than the stock matcher should be let run.
std::string work_of_ours(const TwoParts& input) {
  Quota quota;
  quota.pattern_steps_max = 100'000;
  Vm vm(ours(), quota, {});
  const Json args = {{{"s", hex_of(input.second)}, {"p", hex_of(input.first)}}};
  const sandbox::Step step = vm.start(0, "run", args);
  const auto* done = std::get_if<Done>(&step);
  if (done == nullptr) {
    ENSURE(std::get<sandbox::Failed>(step).kind == sandbox::Failed::Kind::quota);
    return {};
  }
  return done->value.get<std::string>();
}

lua_State* stock() {
  static lua_State* const kState = [] {
    lua_State* L = luaL_newstate();
    luaL_openlibs(L);
    const std::string text = std::string(kWork) + "return work";
    ENSURE(luaL_dostring(L, text.c_str()) == LUA_OK);
    return L;
  }();
  return kState;
}

std::string work_of_stock(const TwoParts& input) {
  lua_State* const L = stock();
  lua_pushvalue(L, -1);
  lua_pushlstring(L, input.second.data(), input.second.size());
  lua_pushlstring(L, input.first.data(), input.first.size());
  ENSURE(lua_pcall(L, 2, 1, 0) == LUA_OK);
  std::size_t size = 0;
  const char* text = lua_tolstring(L, -1, &size);
  std::string hex = hex_of(std::string_view(text, size));
  lua_pop(L, 1);
  return hex;
}

bool gives_up(const std::string& hex) {
  return hex.find(hex_of("too complex")) != std::string::npos;
}

}  // namespace
}  // namespace yoke::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 80) return 0;  // what the stock matcher does not end on is too seldom short
  const yoke::fuzz::TwoParts input = yoke::fuzz::split(yoke::fuzz::text_of(data, size));
  const std::string mine = yoke::fuzz::work_of_ours(input);
  if (mine.empty() || yoke::fuzz::gives_up(mine)) return 0;
  const std::string theirs = yoke::fuzz::work_of_stock(input);
  ENSURE(mine == theirs || yoke::fuzz::gives_up(theirs));
  return 0;
}
