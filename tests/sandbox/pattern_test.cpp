#include "sandbox/pattern.h"

#include "tests/sandbox/script.h"
#include "tests/sandbox/state.h"

// Our matcher against the one that comes with Lua, over patterns made at random.
namespace yoke::sandbox::test {

namespace {

const char* const kCompare = R"(
local function run(f, ...)
  local all = table.pack(pcall(f, ...))
  if not all[1] then return 'error', tostring(all[2]) end
  local out = {}
  for i = 2, all.n do out[#out + 1] = math.type(all[i]) == 'integer' and '#' .. all[i] or
  tostring(all[i]) end
  return table.concat(out, '|')
end
local function all_matches(gmatch)
  return function(s, p)
    local out = {}
    for a, b, c in gmatch(s, p) do out[#out + 1] = tostring(a) .. ',' .. tostring(b) .. ',' ..
  tostring(c) end
    return table.concat(out, ';')
  end
end
local function differ(what, s, p, ours, theirs, ...)
  local a = run(ours, s, p, ...)
  local b, why = run(theirs, s, p, ...)
  if a == b then return end
  if b == 'error' and why:find('too complex', 1, true) then return end
  return what .. ' of ' .. string.format('%q by %q', s, p) .. ': ours ' .. a .. ' theirs ' .. b
end
local function upper(a, b) return b or a:upper() end
function compare(s, p)
  return differ('find', s, p, string.find, stock.find)
    or differ('match', s, p, string.match, stock.match)
    or differ('find from 2', s, p, string.find, stock.find, 2)
    or differ('match from -2', s, p, string.match, stock.match, -2)
    or differ('gmatch', s, p, all_matches(string.gmatch), all_matches(stock.gmatch))
    or differ('gsub', s, p, string.gsub, stock.gsub, '<%0>')
    or differ('gsub with a capture', s, p, string.gsub, stock.gsub, '%1.')
    or differ('gsub with a table', s, p, string.gsub, stock.gsub, { a = 'A', ab = false, b = 7 })
    or differ('gsub twice', s, p, string.gsub, stock.gsub, '%%', 2)
    or differ('plain find', s, p, string.find, stock.find, 1, true)
    or ''
end)";

template <std::size_t n>
const char* pick(SeededRandom& random, const char* const (&from)[n]) {
  return from[random.next() % n];
}

std::string random_pattern(SeededRandom& random) {
  static constexpr const char* kItems[] = {
      "a",    "b",      "c",      ".",    "%a",    "%d",    "%s",   "%w",   "%A",    "%p",
      "%.",   "%%",     "[ab]",   "[^a]", "[a-c]", "[%d_]", "[]a]", "[a-]", "[^%s]", "%bab",
      "%b()", "%f[%w]", "%f[^a]", "%1",   "%2",    "()",    "x",    "1",    "-",     "^",
      "$",    "[%a-c]", "[%]]",   "%u",   "%l",    "%x",    "%g",   "%c",   " "};
  static constexpr const char* kMarks[] = {"", "", "", "*", "+", "-", "?"};
  static constexpr const char* kBroken[] = {"%",   "[",  "[a",  "[^", "(",   ")", "%b",
                                            "%ba", "%f", "%fa", "[%", "[a-", "%9"};
  std::string pattern = random.next() % 8 == 0 ? "^" : "";
  const std::size_t items = 1 + random.next() % 5;
  int open = 0;
  for (std::size_t i = 0; i < items; ++i) {
    if (random.next() % 5 == 0) {
      pattern += "(";
      ++open;
    }
    pattern += pick(random, kItems);
    pattern += pick(random, kMarks);
    if (open > 0 && random.next() % 2 == 0) {
      pattern += ")";
      --open;
    }
  }
  if (random.next() % 12 == 0) pattern += pick(random, kBroken);
  for (; open > 0 && random.next() % 16 != 0; --open) pattern += ")";
  if (random.next() % 8 == 0) pattern += "$";
  return pattern;
}

std::string random_subject(SeededRandom& random) {
  static constexpr const char* kParts[] = {"a", "b", "c", "A", "1", "2", " ",  "_",  "(", ")",
                                           "-", "^", "$", "]", "%", ".", "ab", "ba", "x", "\t"};
  std::string subject;
  for (std::size_t left = random.next() % 12; left > 0; --left) subject += pick(random, kParts);
  if (random.next() % 20 == 0) subject += std::string("\0z", 2);
  return subject;
}

std::string compare(lua_State* L, const std::string& subject, const std::string& pattern) {
  StackGuard guard(L);
  lua_getglobal(L, "compare");
  push(L, subject);
  push(L, pattern);
  lua_pcall(L, 2, 1, 0);
  return std::string(text_at(L, -1));
}

}  // namespace

TEST_CASE("patterns match, capture, replace and fail as in stock Lua") {
  OpenState state;
  lua_State* L = state.get();
  lua_getglobal(L, "string");
  lua_setglobal(L, "ours");
  luaL_requiref(L, "stock", luaopen_string, 0);
  lua_setglobal(L, "stock");
  REQUIRE(state.run("string = ours") == "");
  REQUIRE(state.run(kCompare) == "");
  REQUIRE(state.run("return tostring(stock.find ~= string.find)") == "true");
  SeededRandom random(20'261'121);
  int compared = 0;
  for (int i = 0; i < 12'000; ++i) {
    const std::string pattern = random_pattern(random);
    const std::string subject = random_subject(random);
    const std::string difference = compare(L, subject, pattern);
    if (!difference.empty()) FAIL_CHECK(difference);
    ++compared;
  }
  CHECK(compared == 12'000);
}

TEST_CASE("string.format writes as stock Lua does") {
  OpenState state;
  lua_State* L = state.get();
  luaL_requiref(L, "stock", luaopen_string, 0);
  lua_setglobal(L, "stock");
  const std::string difference = state.run(R"(
local formats = { '%d', '%5d', '%-5d|', '%05d', '%+d', '% d', '%i', '%x', '%#x', '%X', '%o', '%c',
  '%e', '%.3e', '%f', '%10.2f', '%-10.1f|', '%g', '%#g', '%G', '%a', '%A', '%s', '%10s', '%-10s|',
  '%.2s', '%10.1s', '%q', '%%', 'a%sb', '%5.1d', '%F', '%u', '%y', '%', '%5', '%#d', '%ll', '%123d',
  '%.123f', '%+s', '%0s', '%-q', '%5%' }
local values = { 0, 1, -1, 42, 65, 3.5, -0.0, 1e100, 1 / 0, 'text', '12', '0x10', '', 'a\nb\0c',
  true,
  math.mininteger, math.maxinteger, 2.0, ('z'):rep(150) }
for _, f in ipairs(formats) do
  for _, v in ipairs(values) do
    local a, x = pcall(string.format, f, v)
    local b, y = pcall(stock.format, f, v)
    if a ~= b or (a and x ~= y) then return f .. ' of ' .. tostring(v) .. ': ' .. x .. ' / ' ..
  y end
  end
end
return 'same')");
  CHECK(difference == "same");
}

TEST_CASE("the other string, table and utf8 functions do as stock Lua's") {
  OpenState state;
  lua_State* L = state.get();
  const luaL_Reg libraries[] = {
      {"s_string", luaopen_string}, {"s_table", luaopen_table}, {"s_utf8", luaopen_utf8}};
  for (const auto& [name, open] : libraries) {
    luaL_requiref(L, name, open, 0);
    lua_setglobal(L, name);
  }
  const std::string difference = state.run(R"(
local function show(...)
  local out = table.pack(...)
  for i = 1, out.n do
    if type(out[i]) == 'table' then
      local parts = {}
      for j = -2, 8 do parts[#parts + 1] = tostring(out[i][j]) end
      out[i] = table.concat(parts, ' ')
    end
    out[i] = tostring(out[i])
  end
  return out[1] == 'false' and 'error' or table.concat(out, '|')
end
local function list() return { 'a', 'b', 'c', 'd' } end
local cases = {
  { 'string', 'rep', { 'ab', 3 }, { 'ab', 3, '-' }, { 'ab', 0 }, { 'ab', -1 }, { '', 5, ',' }, {
  'x', 1, ',' }, { 'ab', 2, ',;' } },
  { 'string', 'reverse', { 'abc' }, { '' } }, { 'string', 'upper', { 'aZ1é' } }, { 'string',
  'lower', { 'aZ1É' } },
  { 'string', 'byte', { 'abc' }, { 'abc', 2 }, { 'abc', 1, -1 }, { '', 1 } },
  { 'string', 'char', {}, { 97, 98 }, { 256 }, { -1 } },
  { 'string', 'sub', { 'hello', 2, -2 }, { 'hello', -3 }, { 'hello', 4, 2 } },
  { 'table', 'insert', { list(), 'e' }, { list(), 2, 'x' }, { list(), 6, 'x' }, { list(), 5, 'x'
  }, { list(), 0, 'x' }, { list() } },
  { 'table', 'remove', { list() }, { list(), 1 }, { list(), 5 }, { list(), 6 }, { {}, 0 }, { {}
  }, { list(), -1 } },
  { 'table', 'concat', { list() }, { list(), ',' }, { list(), ',', 2 }, { list(), ',', 2, 3 }, {
  list(), ',', 3, 2 }, { { 1, 2.5 } }, { { {} } } },
  { 'table', 'move', { list(), 1, 3, 2 }, { list(), 2, 4, 1 }, { list(), 1, 0, 5 }, { list(), 1,
  4, 3, { 'x' } } },
  { 'table', 'unpack', { list() }, { list(), 2 }, { list(), 2, 3 }, { list(), 3, 6 } },
  { 'utf8', 'char', {}, { 97, 0x20AC, 0x10FFFF } }, { 'utf8', 'len', { 'a€' }, { '\xff' }, {
  'a€', 2 } },
  { 'utf8', 'codepoint', { 'a€', 1, -1 }, { '€' } }, { 'utf8', 'offset', { 'a€b', 3 }, { 'a€b',
  -1 } },
}
local function copied(args)
  local out = table.pack(table.unpack(args))
  for i, v in ipairs(out) do if type(v) == 'table' then out[i] = table.move(v, 1, #v, 1, {}) end end
  return out
end
local count = 0
for _, case in ipairs(cases) do
  local library, name = case[1], case[2]
  for i = 3, #case do
    local x, y = copied(case[i]), copied(case[i])
    local a = show(pcall(_G[library][name], table.unpack(x, 1, x.n)))
    local b = show(pcall(_G['s_' .. library][name], table.unpack(y, 1, y.n)))
    a, b = a .. ' / ' .. show(true, x[1]), b .. ' / ' .. show(true, y[1])
    if a ~= b then return library .. '.' .. name .. ' ' .. i .. ': ' .. a .. ' <> ' .. b end
    count = count + 1
  end
end
return 'same ' .. count)");
  CHECK(difference == "same 59");
}

TEST_CASE("a callback of gsub may itself use patterns") {
  CHECK(to_text(value_of("return { ('a1 b2 c3'):gsub('([abc])([%d])', function(l, d)\n"
                         "  return (l:gsub('[a-c]', string.upper)) .. (d:match('[1-2]') or '-')\n"
                         "end) }")) == R"(["A1 B2 C-",3])");
}

}  // namespace yoke::sandbox::test
