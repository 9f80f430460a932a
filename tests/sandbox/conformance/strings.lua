--- sub at every place
local out = {}
for i = -4, 4 do for j = -4, 4 do out[#out + 1] = ('abc'):sub(i, j) end end
return table.concat(out, ','), ('abc'):sub(math.mininteger, math.maxinteger), ('abc'):sub(2), ('abc'):sub(0)
--- byte and char
return ('abc'):byte(), ('abc'):byte(-1), ('abc'):byte(1, -1), ('abc'):byte(10), (''):byte(), string.char(), string.char(72, 105), try(string.char, -1), try(string.char, 256), try(string.char, 'x')
--- case, length, reverse, repetition
return ('AbC'):upper(), ('AbC'):lower(), #'a\0b', ('abc'):reverse(), ('ab'):rep(3, '-'), ('ab'):rep(0), ('ab'):rep(-5), (''):rep(10)
--- conversions to text
return tostring(12), tostring(12.0), tostring(-0.0), tostring(1e15), tostring(1e100), tostring(0.1), tostring(1 / 3), tostring(2 ^ 53), tostring(2 ^ 63), tostring(math.mininteger), tostring(1 / 0), tostring(-1 / 0), tostring(nil), tostring(true)
--- conversions to numbers
local out = {}
for _, s in ipairs { '10', ' 10 ', '0x10', '1e2', '0x1p4', '.5', '5.', '', ' ', '1 2', '0x', '1e', 'nan', 'inf', '1_000', '9223372036854775807', '9223372036854775808', '-9223372036854775808', '0xffffffffffffffff', '0x1ffffffffffffffff', '1e400', '\t7\n', '0b1', '- 1', '--1', '+1', '1\0' } do
  local n = tonumber(s)
  out[#out + 1] = s .. '=' .. tostring(n) .. tostring(math.type(n))
end
return out
--- tonumber with a base
return tonumber('10', 2), tonumber('ff', 16), tonumber('zz', 36), tonumber('-7', 8), tonumber('8', 8), tonumber(' 11 ', 3), tonumber('1.0', 10), try(tonumber, 10, 10), try(tonumber, '1', 1), try(tonumber, '1', 37), tonumber('7fffffffffffffff', 16), tonumber('ffffffffffffffffff', 16), try(tonumber)
--- coercion in arithmetic and concatenation
return '10' + 5, '0x10' * 2, '3' ^ 2, 10 .. 20, 1.5 .. '', -'2', '10' // '3', '7' % 4, try(function() return 'a' + 1 end), try(function() return {} .. 'x' end), try(function() return 'a' | 1 end), '3' | 4, try(function() return '3.5' | 4 end)
--- comparison of strings
return 'a' < 'b', 'a' < 'A', '' < 'a', 'a\0a' < 'a\0b', 'a' <= 'a', 'Z' < 'a', 'é' > 'z', '10' < '9', try(function() return 'a' < 1 end), 'a\0' > 'a'
--- format of integers and floats
local f = string.format
return f('%d|%5d|%-5d|%05d|%+d|% d', 42, 42, 42, 42, 42, 42), f('%x|%X|%#x|%o|%c', 255, 255, 255, 8, 65), f('%d', 3.0), try(f, '%d', 3.5), try(f, '%d', '3.5'), f('%d', '7'), f('%5.2f|%.0f|%e|%g|%G', 3.14159, 2.5, 12345.678, 1e20, 1e-10), f('%a', 1.0), f('%i', 5), f('%.3d', 7), f('%u', 5 // 1)
--- format of strings
local f = string.format
return f('%s|%5s|%-5s|%.2s', 'abc', 'abc', 'abc', 'abc'), f('%q', 'a\n"\0\1\\\r2'), f('%q', 1 / 3), f('%q', math.mininteger), f('%q', 1 / 0), f('%q', nil), f('%q', true), f('%%'), f('%s %s', 1, 2.0), f('%s', nil), try(f, '%q', {}), f('%-10q|', 'x') 
--- format errors
local f = string.format
local out = {}
for _, s in ipairs { '%', '%y', '%5', '%-', '%.', '%s', '%d', '%1$d', '%*d', '%ld', '%#s', '%0s', '%+s', '%10c', '%.5c', '%05x', '%.20s', '%10q', '%#i', '% x' } do
  out[#out + 1] = s .. tostring(select(2, try(f, s, 1)))
end
return out, try(f), try(f, '%s'), try(f, '%d', 'x'), try(f, '%c', 'x'), try(f, '%d', {})
--- methods of strings
return ('x').rep == string.rep, #'abc', ('%d'):format(7), try(function() return ('x').y.z end), try(function() return ('x'):nope() end), ('abc').len, rawlen('abc'), rawequal('ab', 'a' .. 'b')
--- long strings and embedded bytes
local s = ('x'):rep(1000) .. '\0' .. ('y'):rep(1000)
return #s, s:find('\0', 1, true), s:sub(1000, 1002), s == ('x'):rep(1000) .. '\0' .. ('y'):rep(1000), #(s .. s), ({ [s] = 1 })[s]
--- table.concat
return table.concat {}, table.concat({ 1, 2, 3 }, ', '), table.concat({ 1, 2, 3 }, ', ', 2), table.concat({ 1, 2, 3 }, ', ', 2, 3), table.concat({ 'a', 1.5, 2 }), try(table.concat, { 1, {}, 3 }), try(table.concat, { 1, 2 }, 1, 1, 3), table.concat({}, 'x', 1, 0), table.concat({ 'a' }, 'x', math.maxinteger, math.maxinteger - 1), try(table.concat, 5)
