#include "tests/sandbox/script.h"

// What ordinary Lua programs do must go on working.
namespace yoke::sandbox::test {

TEST_CASE("classes with inheritance and operators work") {
  CHECK(to_text(value_of(R"(
local Animal = {} Animal.__index = Animal
function Animal.new(name) return setmetatable({ name = name }, Animal) end
function Animal:speak() return self.name .. ' makes a sound' end
local Dog = setmetatable({}, { __index = Animal, __call = function(class, name)
  local dog = Animal.new(name) return setmetatable(dog, class) end })
Dog.__index = Dog
Dog.__tostring = function(self) return 'Dog ' .. self.name end
Dog.__eq = function(a, b) return a.name == b.name end
Dog.__lt = function(a, b) return a.name < b.name end
Dog.__le = function(a, b) return a.name <= b.name end
Dog.__add = function(a, b) return Dog(a.name .. b.name) end
Dog.__len = function(self) return #self.name end
Dog.__unm = function(self) return self.name:reverse() end
function Dog:speak() return Animal.speak(self):gsub('a sound', 'woof') end
local a, b = Dog('Rex'), Dog('Rex')
return { (a:speak()), tostring(a), a == b, a < Dog('Sam'), a <= b, (a + b).name, #a, -a,
  getmetatable(a) == Dog, Animal.speak(a) })")) ==
        R"(["Rex makes woof","Dog Rex",true,true,true,"RexRex",3,"xeR",true,)"
        R"("Rex makes a sound"])");
}

TEST_CASE("proxies, defaults, read-only tables and callable objects work") {
  CHECK(to_text(value_of(R"(
local log = {}
local store = {}
local proxy = setmetatable({}, { __index = function(_, k) log[#log + 1] = 'get ' .. k return
  store[k] end,
  __newindex = function(_, k, v) log[#log + 1] = 'set ' .. k store[k] = v end })
proxy.x = 1
local x = proxy.x
local locked = setmetatable({}, { __metatable = 'locked', __newindex = function()
  error('read only', 0) end })
local ok, why = pcall(function() locked.y = 1 end)
local counter = setmetatable({ n = 0 }, { __call = function(self, by) self.n = self.n + by
  return self.n end })
counter(2)
return { x, log, ok, why, getmetatable(locked), pcall(setmetatable, locked, {}) == false,
  counter(3) })")) == R"([1,["set x","get x"],false,"read only","locked",true,5])");
}

TEST_CASE("a metatable completed before use and shared by many objects works") {
  CHECK(value_of(R"(
local Point = {}
Point.__index = Point
local early = setmetatable({}, Point)
function Point:sum() return self.x + self.y end
Point.__add = function(a, b) return setmetatable({ x = a.x + b.x, y = a.y + b.y }, Point) end
local total = setmetatable({ x = 0, y = 0 }, Point)
for i = 1, 200 do total = total + setmetatable({ x = i, y = 1 }, Point) end
early.x, early.y = 1, 2
return { total:sum(), early:sum() })") == Json({20300, 3}));
}

TEST_CASE("a metamethod added after setmetatable has no effect on that object, as documented") {
  CHECK(value_of(R"(
local meta = {}
local object = setmetatable({}, meta)
meta.__tostring = function() return 'late' end
local later = setmetatable({}, meta)
return { tostring(object) ~= 'late', tostring(later) })") == Json({true, "late"}));
}

TEST_CASE("more classes than the copies remembered work") {
  CHECK(value_of(R"(
local sum = 0
for i = 1, 300 do
  local class = { value = i }
  class.__index = class
  local object = setmetatable({}, class)
  sum = sum + object.value
  assert(getmetatable(object) == class)
end
return sum)") == 45'150);
}

TEST_CASE("closures, varargs, goto, integer division and bit operators work") {
  CHECK(to_text(value_of(R"(
local function counter() local n = 0 return function() n = n + 1 return n end end
local c = counter() c() c()
local function pack(...) return select('#', ...), ... end
local out = {}
for i = 1, 5 do if i % 2 == 0 then goto continue end out[#out + 1] = i ::continue:: end
return { c(), (pack(nil, nil)), out, 7 // 2, -7 // 2, 7 % -3, 1 << 4, ~0, 5 & 3, 5 | 3, 5 ~ 3, 2
  ^ 10, '10' + 5, 10 .. 20 })")) == R"([3,2,[1,3,5],3,-4,-2,16,-1,1,7,6,1024.0,15,"1020"])");
}

TEST_CASE("errors of every kind can be caught and raised again") {
  CHECK(to_text(value_of(R"(
local ok, e = pcall(error, { code = 5 })
local ok2, e2 = pcall(error, 'plain', 0)
local ok3, e3 = pcall(function() local x = nil; return x.y end)
local ok4, e4 = pcall(function() error() end)
local ok5, e5 = xpcall(function() error('a', 0) end, function(m) return 'handled ' .. m end)
local all = table.pack(xpcall(function(...) return ... end, print, 1, nil, 3))
local ok6, e6 = pcall(error, setmetatable({}, { __tostring = function() return 'custom' end }))
local ok7, e7 = pcall(function() assert(false, 'asserted') end)
return { e.code, e2, e3, ok4 == false and e4 == nil, e5, all.n, tostring(e6),
  e7:match('asserted'), select('#', pcall(error)) })")) ==
        R"json([5,"plain","tools/t.lua:4: attempt to index a nil value (local 'x')",)json"
        R"json(true,"handled a",)json"
        R"json(4,"custom","asserted",2])json");
}

TEST_CASE("coroutines work as generators, with errors, values both ways and status") {
  CHECK(to_text(value_of(R"(
local function range(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end
  end) end
local sum = 0
for i in range(10) do sum = sum + i end
local co = coroutine.create(function(a, b)
  local c = coroutine.yield(a + b)
  local d, e = coroutine.yield(c * 2)
  return d + e
end)
local _, r1 = coroutine.resume(co, 1, 2)
local _, r2 = coroutine.resume(co, 10)
local status = coroutine.status(co)
local _, r3 = coroutine.resume(co, 3, 4)
local bad = coroutine.create(function() error('inside', 0) end)
local ok, why = coroutine.resume(bad)
local dead, message = coroutine.resume(co)
local wrapped = coroutine.wrap(function() error('w') end)
local _, wrapped_message = pcall(wrapped)
local inside = coroutine.wrap(function() return coroutine.isyieldable(), select(2,
  coroutine.running()) end)
local y, main = inside()
local through = coroutine.wrap(function() return pcall(function() coroutine.yield(1)
  error('after', 0) end) end)
through()
local tok, twhy = through()
return { sum, r1, r2, status, r3, coroutine.status(co), ok, why, dead, message, wrapped_message,
  y, main,
  coroutine.isyieldable(), select(2, coroutine.running()), tok, twhy })")) ==
        R"([55,3,20,"suspended",7,"dead",false,"inside",false,"cannot resume dead coroutine",)"
        R"("tools/t.lua:18: w",true,false,false,true,false,"after"])");
}

TEST_CASE("tostring tells objects apart and is the same each time") {
  CHECK(value_of(
            "local a, b = {}, {} return tostring(a) ~= tostring(b) and tostring(a) == tostring(a)\n"
            "and tostring(a):match('^table: %d+$') ~= nil and tostring(print):match('^function: "
            "builtin') ~= nil\n"
            "and tostring(setmetatable({}, { __name = 'Thing' })):match('^Thing: ') ~= nil\n"
            "and tostring(-0.0) == '-0.0' and tostring(1e15) == '1e+15' and tostring(2^53) == "
            "'9.007199254741e+15'") == true);
}

TEST_CASE("sort orders numbers, strings and objects by any comparator") {
  CHECK(to_text(value_of(R"(
local n = { 3, 1.5, -2, 10, 3 } table.sort(n)
local d = { 3, 1, 2 } table.sort(d, function(a, b) return a > b end)
local ok, why = pcall(table.sort, { 1, 'x' })
local lt = { __lt = function(a, b) return a.v < b.v end }
local o = {} for i, v in ipairs { 3, 1, 2 } do o[i] = setmetatable({ v = v }, lt) end
table.sort(o)
return { n, d, ok, why, o[1].v, o[3].v })")) ==
        R"([[-2,1.5,3,3,10],[3,2,1],false,"attempt to compare string with number",1,3])");
}

TEST_CASE("math.random keeps to its range") {
  CHECK(value_of(R"(
local seen = {}
for i = 1, 200 do
  local a, b, c = math.random(), math.random(6), math.random(-3, 3)
  assert(a >= 0 and a < 1 and b >= 1 and b <= 6 and c >= -3 and c <= 3)
  seen[b] = true
end
assert(math.random(math.mininteger, math.maxinteger))
assert(not pcall(math.random, 2, 1) and not pcall(math.random, 0, -1))
return #seen)") == 6);
}

}  // namespace yoke::sandbox::test
