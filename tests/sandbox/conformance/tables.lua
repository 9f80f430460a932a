--- length and border
return #{}, #{ 1, 2, 3 }, #{ n = 1 }, #{ 1, 2, nil }, #'x', #{ [1] = 1, [2] = 2 }, try(function() return #5 end), try(function() return #nil end)
--- next, pairs and changes while walking
local t = { 10, 20, 30 }
local out = {}
for i, v in ipairs(t) do out[#out + 1] = i * v end
for k, v in pairs(t) do t[k] = v + 1 end
local k, v = next(t)
return out, t, k, v, next({}), try(next), try(pairs), try(ipairs), rawequal(t, t)
--- ipairs stops at a hole and asks __index
local out = {}
for i in ipairs { 1, 2, nil, 4 } do out[#out + 1] = i end
local p = setmetatable({}, { __index = function(_, i) return i <= 3 and i * 2 or nil end })
for i, v in ipairs(p) do out[#out + 1] = i .. ':' .. v end
return out
--- pairs with a metamethod
local t = setmetatable({}, { __pairs = function(x) return function(_, k) return not k and 1 or nil, x end, x, nil end })
local n = 0
for k, v in pairs(t) do n = n + (v == t and k or 100) end
return n
--- insert and remove
local t = { 'a', 'b' }
table.insert(t, 'c') table.insert(t, 1, 'z') table.insert(t, #t + 1, 'end')
return table.concat(t), table.remove(t), table.remove(t, 1), table.remove(t, #t + 1), table.concat(t), table.remove({}), table.remove({}, 0), try(table.insert, t, 9, 'x'), try(table.insert, t, 0, 'x'), try(table.insert, t), try(table.insert, t, 1, 2, 3), try(table.insert, 1, 2), try(table.insert, t, 1.5, 2)
--- move
return table.move({ 1, 2, 3 }, 1, 3, 2), table.move({ 1, 2, 3 }, 2, 3, 1), table.move({ 1, 2 }, 1, 2, 1, {}), table.move({ 1, 2, 3 }, 1, 0, 5), table.move({ 1, 2, 3 }, -1, 1, 2), try(table.move, {}, 1, 2), try(table.move, 1, 2, 3, 4)
--- pack and unpack
local t = table.pack(1, nil, 3)
return t.n, t[2], table.unpack({ 1, 2, 3 }), select('#', table.unpack({}, 1, 3)), table.unpack({ 1, 2 }, 2), table.unpack({ 1, 2 }, -1, 1), try(table.unpack), select('#', table.unpack({}, 1, 0)), table.unpack({ 1, 2 }, math.maxinteger, math.maxinteger - 1), table.unpack('', 1, 0)
--- select
return select('#'), select('#', nil, nil), select(2, 'a', 'b', 'c'), select(-1, 'a', 'b'), select(5, 'a'), try(select, 0), try(select, -3, 'a'), try(select, 'x')
--- keys of every kind
local t = {}
t[1] = 'i' t[1.0] = 'f' t['1'] = 's' t[true] = 'b' t[1.5] = 'h' t[2 ^ 53] = 'p' t[-0.0] = 'z'
return t[1], t['1'], t[true], t[1.5], t[9007199254740992], t[0], try(function() t[nil] = 1 end), try(function() t[0 / 0] = 1 end), t[nil], t[0 / 0], try(rawset, t, nil, 1), try(rawset, t, 0 / 0, 1)
--- constructors
local function three() return 1, 2, 3 end
return { three() }, { three(), 10 }, { (three()) }, { x = three(), three() }, { [three()] = 'a' }, { 1, 2; 3, }, #{ three(), three() }, { nil, 2 }[2] == nil
--- sort
local t = { 5, 2, 8, 1, 9, 3 }
table.sort(t)
local d = { 5, 2, 8 }
table.sort(d, function(a, b) return a > b end)
local s = { 'b', 'a', 'B', '' }
table.sort(s)
return t, d, s, try(table.sort, { 1, 'a' }), try(table.sort, { 1, {} }), try(table.sort, { {}, {} }), try(table.sort, 1), try(table.sort, { 1, 2 }, 5), table.sort({})
--- sort of many
local t, r = {}, 7
for i = 1, 500 do r = (r * 1103515245 + 12345) % 2147483648 t[i] = r % 100 end
table.sort(t)
local sum = 0
for i = 1, 500 do sum = sum * 31 % 1000003 + t[i] end
table.sort(t, function(a, b) return a > b end)
for i = 2, 500 do assert(t[i - 1] >= t[i]) end
return sum
--- sort through metamethods
local log = {}
local p = setmetatable({}, { __len = function() return 3 end, __index = function(_, i) return ({ 3, 1, 2 })[i] end, __newindex = function(_, i, v) log[i] = v end })
table.sort({ 3, 1, 2 }, function(a, b) return a < b end)
return #p, p[1], table.unpack(p), table.concat(p, ',')
--- numeric for
local out = {}
for i = 1, 3 do out[#out + 1] = i end
for i = 3, 1, -1 do out[#out + 1] = i end
for i = 1.0, 2 do out[#out + 1] = i end
for i = 1, 0 do out[#out + 1] = 'never' end
for i = math.maxinteger - 1, math.maxinteger do out[#out + 1] = i end
for i = 1, math.huge do if i > 2 then break end out[#out + 1] = i end
for i = 1, 2.9 do out[#out + 1] = i end
for i = math.mininteger, math.mininteger do out[#out + 1] = i end
for i = 3, -math.huge, -2 do if i < 0 then break end out[#out + 1] = i end
return out, try(function() for i = 1, 10, 0 do end end), try(function() for i = 'a', 2 do end end), try(function() for i = 1, {} do end end), try(function() for i = 1, 2, 'x' do end end), try(function() for i = 1.5, 2, 0 do end end)
--- raw access
local t = setmetatable({}, { __index = function() return 'meta' end, __newindex = error, __len = function() return 42 end, __eq = function() return true end })
rawset(t, 'k', 1)
return rawget(t, 'k'), rawget(t, 'x'), t.x, #t, rawlen(t), rawequal(t, setmetatable({}, getmetatable(t))), try(rawget, 1, 2), try(rawlen, 1), try(rawset, 'x', 1, 2)
--- differs: next takes any key and goes on behind it in the order of keys
-- sandbox: true|"c"|i3|nil
local t = { a = 1, c = 3 }
local k, v = next(t, 'b')
return k, v, next({}, 1)
--- differs: a list too long is the end, not an error
-- sandbox: tools/t.lua:LINE: the script used more than it may: 1000000 items in one list
return try(table.move, {}, 1, math.maxinteger, 2)
