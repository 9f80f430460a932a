--- what error raises
return try(error), try(error, nil), try(error, 'm', 0), try(error, 5), try(error, { 1 }), try(function() error('m') end), try(function() error('m', 2) end), try(function() error(true, 1) end)
--- positions of levels
local function lib(x) if type(x) ~= 'number' then error('number wanted', 2) end end
local function user() lib('x') end
return try(user), try(function() lib() end), try(error, 'a', 3)
--- assert
return assert(1, 2, 3), try(assert, false), try(assert, nil, 'm'), try(assert, false, { 1 }), try(assert), select('#', assert(1, nil))
--- pcall and its results
return try(function(...) return ... end, 1, nil, 3), try(5), pcall(pcall), pcall(pcall, error, 'e'), select('#', try(function() end)), try(nil), try({})
--- xpcall and handlers
return xpcall(function(a, b) return a, b end, print, 1, 2), xpcall(error, function(m) return m .. '!' end, 'e'), xpcall(function() local x; x() end, function(m) return (tostring(m):gsub(':%d+:', ':')) end), try(xpcall), try(xpcall, print), xpcall(error, function() return 1, 2 end)
--- names in messages
local t = { a = { b = 1 } }
local up = nil
return try(function() return t.a.b.c.d end), try(function() return up.x end), try(function() t.x.y = 1 end), try(function() t.nofunc() end), try(function() t:nomethod() end), try(function() nofunc() end), try(function() local l; l() end), try(function() up() end), try(function() (1)() end), try(function() return t.a < t.a.b end), try(function() return 'x' < {} end), try(function() return ('x'):bad() end), try(function() return t[nil].x end), try(function() t[up].z = 1 end)
--- bad arguments of library functions
return try(string.rep), try(string.rep, 'x'), try(string.rep, 'x', 'y'), try(string.rep, {}, 1), try(('x').rep, 'x', {}), try(string.sub), try(math.floor, {}), try(table.concat, {}, {}), try(setmetatable, 1), try(ipairs), try(string.char, 1e10), try(string.byte, 'x', 1.5), try(tostring), try(type), try(rawequal, 1), try(string.format, '%d', 'x')
--- a method's bad argument
return try(function() return ('x'):rep() end), try(function() return ('x'):rep({}) end), try(function() local s = 'x' return s:format(1, 2):bad() end)
--- errors of errors
local o = setmetatable({}, { __tostring = function() return 'shown' end })
return select(2, try(error, o)) == o, tostring(select(2, try(error, o))), pcall(function() local ok, e = pcall(error, o) error(e) end) == false
--- errors pass through nested calls with their values
local function a(n) if n == 0 then error({ n = 'deep' }) end a(n - 1) end
local ok, e = pcall(a, 50)
return ok, e.n
