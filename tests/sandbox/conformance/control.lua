--- closures share and keep their variables
local function counter() local n = 0 return function() n = n + 1 return n end, function() return n end end
local up, see = counter()
up() up()
local fs = {}
for i = 1, 3 do fs[i] = function() i = i + 10 return i end end
local gs = {}
local j = 0
while j < 3 do j = j + 1 local k = j gs[j] = function() k = k + 1 return k end end
return see(), fs[1](), fs[1](), fs[2](), gs[1](), gs[3](), gs[1]()
--- closures in repeat loops see the loop's locals
local fs, n = {}, 0
repeat local m = n fs[#fs + 1] = function() return m end n = n + 1 until m >= 2
return #fs, fs[1](), fs[3]()
--- varargs
local function f(...) local a, b = ... return select('#', ...), a, b, ... end
local function g(...) return (...) end
local function h(...) local t = { ... } return #t, table.pack(...).n end
return f(), f(1), f(1, nil), g(5, 6), h(1, 2, 3), (f(1, 2)), try(f, nil, nil), { f(7) }
--- assignment order and swaps
local a, b, c = 1, 2
a, b = b, a
local t = { 1, 2 }
local i = 1
i, t[i] = i + 1, 20
return a, b, c, i, t
--- and, or, not
return nil and 1, false or nil, 1 and 2, nil or 'x', false == nil, not nil, not 0, 1 and nil, (nil or false) == false, 0 or 1, '' and 'y'
--- goto
local out = {}
for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then goto continue end
    out[#out + 1] = i * 10 + j
    ::continue::
  end
end
do local k = 0 ::top:: k = k + 1 if k < 3 then goto top end out[#out + 1] = k end
return out
--- goto makes fresh locals
local fs = {}
do local i = 1 ::a:: local x = i fs[i] = function() x = x + 1 return x end i = i + 1 if i <= 3 then goto a end end
return fs[1](), fs[1](), fs[2](), fs[3]()
--- goto into the scope of a local
goto l1 local x ::l1:: print(x)
--- goto without a label
goto nowhere
--- a label twice
::a:: ::a::
--- break outside a loop
if true then break end
--- constants may not be assigned to
local x <const> = 1
x = 2
--- an unknown attribute
local x <nope> = 1
--- const folds and closes over
local a <const>, b = 5, 6
local f = function() return a + b end
return f(), a * 2
--- close takes nil and false
do local x <close> = nil local y <close> = false end
return try(function() local z <close> = 5 end)
--- syntax errors
return return
--- an unfinished string
local s = 'abc
--- a bad escape
local s = '\q'
--- a bad number
local n = 3x
--- an unfinished block
if x then
--- a wrong character
local x = 5 $ 3
--- vararg outside
return function() return ... end
--- an expression as a statement
x + 1
--- calls and methods
local o = { n = 1 }
function o:inc(by) self.n = self.n + (by or 1) return self end
function o.new(n) return { n = n, inc = o.inc } end
return o:inc():inc(5).n, o.new(7):inc().n, (function(...) return select('#', ...) end)(nil, nil), #{ n = 1, 2 }, type(print), ('x'):rep(2), type'x', #[[
abc]]
--- differs: recursion without end takes the memory there is, and that is the end
-- sandbox: tools/t.lua:LINE: the script used more than it may: 33554432 bytes of memory
local function deep(n) return 1 + deep(n + 1) end
local ok, why = pcall(deep, 1)
return ok, (tostring(why):gsub('stack overflow.*', 'stack overflow'))
--- tail calls go on for ever
local function loop(n) if n == 0 then return 'end' end return loop(n - 1) end
return loop(100000)
--- many arguments and results
local t = {}
for i = 1, 200 do t[i] = i end
return select('#', table.unpack(t)), (math.max(table.unpack(t)))
--- literals of strings
return '\a\b\f\n\r\t\v\\\'\"' == "\7\8\12\10\13\9\11\92\39\34", '\x41\u{41}\65\z
      x', [[
first]], [==[a]]b]==], '\u{7FFFFFFF}', '\0651', #'\
'
--- methods on results and nested tables
local t = { a = { b = { c = function() return { d = 5 } end } } }
return t.a.b.c().d, t['a']['b'].c()['d'], (t.a).b ~= nil, try(function() return t.x.y end)
