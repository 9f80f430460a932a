#include "tests/sandbox/mutation.h"

namespace yoke::sandbox::test {

namespace {

constexpr Wrapper kWrappers[] = {
    {"plain call", "out = payload()"},

    {"coroutine", "coroutine.wrap(function() out = payload() end)()"},
    {"resumed coroutine", R"(
local ok, why = coroutine.resume(coroutine.create(function() out = payload() end))
if not ok then error(why, 0) end)"},
    {"nested coroutines", R"(
local run = payload
for _ = 1, 20 do
  local inner = run
  run = function() return coroutine.wrap(inner)() end
end
out = run())"},
    {"coroutine after a yield", R"(
local co = coroutine.wrap(function() coroutine.yield() out = payload() end)
co()
co())"},
    {"coroutine between resumes", R"(
local inner = coroutine.create(function() coroutine.yield(1) out = payload() end)
local co = coroutine.create(function() coroutine.resume(inner) coroutine.yield() return
  coroutine.resume(inner) end)
coroutine.resume(co)
local _, ok, why = coroutine.resume(co)
if not ok then error(why, 0) end)"},
    {"generator",
     "for v in coroutine.wrap(function() coroutine.yield(payload()) end) do out = v end"},

    {"__index", "local _ = setmetatable({}, { __index = function() out = payload() end }).x"},
    {"__index of an __index", R"(
local inner = setmetatable({}, { __index = function() out = payload() end })
local _ = setmetatable({}, { __index = inner }).x)"},
    {"__newindex", "setmetatable({}, { __newindex = function() out = payload() end }).x = 1"},
    {"__call", "setmetatable({}, { __call = function() out = payload() end })()"},
    {"__add", "local _ = setmetatable({}, { __add = function() out = payload() end }) + 1"},
    {"__eq", R"(
local meta = { __eq = function() out = payload() end }
local _ = setmetatable({}, meta) == setmetatable({}, meta))"},
    {"__lt", "local _ = setmetatable({}, { __lt = function() out = payload() end }) < 1"},
    {"__le", "local _ = 1 <= setmetatable({}, { __le = function() out = payload() end })"},
    {"__len", "local _ = #setmetatable({}, { __len = function() out = payload() return 0 end })"},
    {"__unm", "local _ = -setmetatable({}, { __unm = function() out = payload() end })"},
    {"__band", "local _ = 1 & setmetatable({}, { __band = function() out = payload() end })"},
    {"__idiv", "local _ = setmetatable({}, { __idiv = function() out = payload() end }) // 2"},
    {"__tostring", R"(
tostring(setmetatable({}, { __tostring = function() out = payload() return 'x' end })))"},
    {"__tostring in format", R"(
string.format('%s', setmetatable({}, { __tostring = function() out = payload() return 'x' end
  })))"},
    {"__tostring in print", R"(
print(setmetatable({}, { __tostring = function() out = payload() return 'x' end })))"},
    {"__pairs", R"(
for _ in pairs(setmetatable({}, { __pairs = function() out = payload() return next, {} end })) do
end)"},
    {"__len in concat", R"(
table.concat(setmetatable({}, { __len = function() out = payload() return 0 end })))"},
    {"__index in ipairs", R"(
for _ in ipairs(setmetatable({}, { __index = function() out = payload() end })) do end)"},
    {"__index in unpack", R"(
local _ = table.unpack(setmetatable({}, { __index = function() out = payload() end }), 1, 1))"},
    {"__newindex in move", R"(
table.move({ 1 }, 1, 1, 1, setmetatable({}, { __newindex = function() out = payload() end })))"},
    {"__lt in sort", R"(
local done = false
local meta = { __lt = function() if not done then done = true out = payload() end end }
table.sort { setmetatable({}, meta), setmetatable({}, meta) })"},

    {"pcall", R"(
local ok, why = pcall(payload)
if not ok then error(why, 0) end
out = why)"},
    {"xpcall", R"(
local ok, why = xpcall(payload, function(e) return e end)
if not ok then error(why, 0) end
out = why)"},
    {"error handler", R"(
local ok, why = xpcall(error, function()
  local good, result = pcall(payload)
  return { good, result }
end, 'first')
if not why[1] then error(why[2], 0) end
out = why[2])"},
    {"handler of a failing handler", R"(
local done
xpcall(error, function() xpcall(error, function() out = payload() done = true end) end)
if not done then error('the handler failed', 0) end)"},
    {"swallowed errors", R"(
local try = pcall
for _ = 1, 3 do try(payload) end
out = payload())",
     true},
    {"error object", R"(
local ok, why = pcall(error, setmetatable({}, { __index = function() out = payload() end }))
local _ = why.message)"},

    {"gsub callback", "('x'):gsub('x', function() out = payload() end)"},
    {"gsub table",
     "('x'):gsub('x', setmetatable({}, { __index = function() out = payload() end }))"},
    {"sort comparator", R"(
local done = false
table.sort({ 2, 1 }, function(a, b)
  if not done then done = true out = payload() end
  return a < b
end))"},
    {"nested gsub callbacks", R"(
local function nest(depth)
  return (('x'):gsub('x', function()
    if depth == 0 then out = payload() else nest(depth - 1) end
  end))
end
nest(8))"},

    {"iterator", R"(
for _ in function(_, last) if last == nil then out = payload() return true end end do end)"},
    {"callable iterator", R"(
for _ in setmetatable({}, { __call = function() out = payload() end }) do end)"},
    {"deep recursion", R"(
local function deep(n) if n == 0 then out = payload() return 0 end return 1 + deep(n - 1) end
deep(2000))"},
    {"deep recursion through pcall", R"(
local function deep(n)
  if n == 0 then out = payload() return end
  local ok, why = pcall(deep, n - 1)
  if not ok then error(why, 0) end
end
deep(30))"},
    {"tail calls", R"(
local function tail(n) if n == 0 then return payload() end return tail(n - 1) end
out = tail(1000))"},
    {"varargs", "out = table.pack(select(-1, 1, (payload())))[1]"},
    {"upvalues shared", R"(
local function first() return payload() end
local function second() out = first() end
local list = { second }
list[#list]())"},
};

}  // namespace

std::span<const Wrapper> wrappers() { return kWrappers; }

std::string wrap(std::string payload, const std::vector<const Wrapper*>& inside_out) {
  for (const Wrapper* wrapper : inside_out) {
    payload = "local out\nlocal function payload()\n" + payload + "\nend\n" + wrapper->text +
              "\nreturn out";
  }
  return payload;
}

std::vector<const Wrapper*> pick_wrappers(SeededRandom& random) {
  std::vector<const Wrapper*> picked;
  for (std::size_t left = 1 + random.next() % 3; left > 0; --left) {
    picked.push_back(&kWrappers[random.next() % std::size(kWrappers)]);
  }
  return picked;
}

std::string names_of(const std::vector<const Wrapper*>& picked) {
  std::string names;
  for (const Wrapper* wrapper : picked) {
    if (!names.empty()) names += " in ";
    names += wrapper->name;
  }
  return names;
}

}  // namespace yoke::sandbox::test
