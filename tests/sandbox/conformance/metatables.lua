--- every operator has its event
local log = {}
local mt = {}
for _, e in ipairs { 'add', 'sub', 'mul', 'div', 'mod', 'pow', 'idiv', 'band', 'bor', 'bxor', 'shl', 'shr', 'unm', 'bnot', 'len', 'lt', 'le', 'call', 'index' } do
  mt['__' .. e] = function(a, b) log[#log + 1] = e return e end
end
local o = setmetatable({}, mt)
return { o + 1, 1 - o, o * o, o / 2, o % 2, o ^ 2, o // 2, o & 1, 1 | o, o ~ 1, o << 1, 1 >> o, -o, ~o, #o, o < 1, 1 <= o, o(), o.x }, log
--- eq is asked for two tables only
local n = 0
local mt = { __eq = function() n = n + 1 return true end }
local a, b = setmetatable({}, mt), setmetatable({}, mt)
return a == b, a ~= b, a == 1, a == a, rawequal(a, b), n, a == setmetatable({}, {}), n
--- index and newindex as tables and functions
local base = { x = 1 }
local t = setmetatable({}, { __index = base, __newindex = base })
t.y = 2
local log = {}
local p = setmetatable({}, { __index = function(_, k) return k .. '!' end, __newindex = function(o, k, v) rawset(o, k, v * 2) end })
p.n = 21
return t.x, rawget(t, 'y'), base.y, p.q, p.n, try(function() return setmetatable({}, { __index = 5 }).x end)
--- call with arguments
local c = setmetatable({}, { __call = function(self, ...) return select('#', ...), ... end })
return c(), c(1, nil), try(c, 7), try(setmetatable({}, { __call = setmetatable({}, { __call = function(...) return select('#', ...) end }) }), 1), try(function() return ({})() end)
--- tostring and name
return tostring(setmetatable({}, { __tostring = function() return 'T' end })), try(tostring, setmetatable({}, { __tostring = function() return 1 end })), (tostring(setmetatable({}, { __name = 'My.Type' })):match('^[%w.]+:'))
--- metatable is protected
local t = setmetatable({}, { __metatable = 'locked' })
return getmetatable(t), try(setmetatable, t, {}), getmetatable(setmetatable({}, nil)), try(setmetatable, 1, {}), try(setmetatable, {}), try(setmetatable, {}, 5)
--- comparison results become booleans
local mt = { __lt = function() return 'yes' end, __le = function() return nil end }
local a, b = setmetatable({}, mt), setmetatable({}, mt)
return a < b, a > b, a <= b, a >= b, try(function() return {} < {} end), try(function() return a < 1 end)
--- inheritance over several levels
local A = {} A.__index = A
function A.new(x) return setmetatable({ x = x }, A) end
function A:get() return self.x end
local B = setmetatable({}, { __index = A }) B.__index = B
function B:get() return A.get(self) * 2 end
local b = setmetatable({ x = 5 }, B)
return A.new(1):get(), b:get(), getmetatable(b) == B, b.nothing
--- len is used by the operator alone
local t = setmetatable({ 1, 2, 3 }, { __len = function() return 10 end })
return #t, rawlen(t), select('#', table.unpack(t)), try(function() return #setmetatable({}, { __len = function() return 'x' end }) end)
--- loops in __index
local a, b = {}, {}
setmetatable(a, { __index = b }) setmetatable(b, { __index = a })
return try(function() return a.x end), try(function() local t = setmetatable({}, {}) getmetatable(t).__index = nil return t.x end)
--- differs: no metamethod for concatenation
-- sandbox: true|false|"tools/t.lua:22: attempt to concatenate a table value"
return pcall(function() return setmetatable({}, { __concat = function() return 'c' end }) .. 'x' end)
--- differs: a metamethod added after setmetatable has no effect
-- sandbox: true|nil
local mt = {}
local t = setmetatable({}, mt)
mt.__index = { x = 1 }
return t.x
--- differs: the metatable of strings is not shown
-- sandbox: true|false
return getmetatable('')
