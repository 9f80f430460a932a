--- integers and floats
return 1 == 1.0, math.type(1), math.type(1.0), math.type('1'), 3 / 2, 4 / 2, 7 // 2, -7 // 2, 7 // -2, 7.5 // 2, 7 % 3, -7 % 3, 7 % -3, -7.5 % 2, 7.5 % -2, 2 ^ 10, 2 ^ 0.5, 1e308 * 10, -1e308 * 10
--- overflow wraps
local max, min = math.maxinteger, math.mininteger
return max + 1 == min, min - 1 == max, max * 2, min // -1, min % -1, -min == min, max // 1 | 0, math.abs(min), max + 1.0, min + 0.0
--- division by zero
return try(function() return 1 // 0 end), try(function() return 1 % 0 end), 1 / 0, -1 / 0, 1 // 0.0, tostring(0 / 0) == tostring(0 / 0), 1 % math.huge, -1 % math.huge, 1.0 // 0, 5 % 0.0 ~= 5 % 0.0
--- bit operators
return 5 & 3, 5 | 3, 5 ~ 3, ~5, 1 << 63, 1 << 64, 1 << -1, -1 >> 1, -1 >> 63, 2 ^ 53 | 0, try(function() return 1.5 | 0 end), try(function() return 2 ^ 64 | 0 end), '7' & 3, try(function() return {} & 1 end), try(function() return 'x' & 1 end), 1 << math.mininteger, ~0 >> 60, 3 ~ 3.0
--- comparison of integers and floats
local max = math.maxinteger
return max < max + 0.0, max + 0.0 == 2 ^ 63, max == 2 ^ 63, 2 ^ 53 == 2 ^ 53 + 1, 9007199254740993 < 9007199254740992.0, 1 < 1.5, -1 > -1.5, 0.0 == -0.0, 0 / 0 == 0 / 0, 1 < 0 / 0, max < math.huge, math.mininteger > -math.huge, math.mininteger <= -2 ^ 63
--- rounding
return math.floor(3.7), math.floor(-3.7), math.ceil(3.2), math.ceil(-3.2), math.floor(2 ^ 70), math.floor(5), math.modf(3.7), math.modf(-3.7), math.modf(5), math.modf(math.huge), math.fmod(7, 3), math.fmod(-7, 3), math.fmod(7, -3), math.fmod(5.5, 2), try(math.fmod, 1, 0), math.fmod(math.mininteger, -1), math.tointeger(3.0), math.tointeger(3.5), math.tointeger('8'), math.tointeger({}), math.tointeger(2 ^ 63)
--- functions
local function r(x) return string.format('%.12g', x) end
return math.max(1, 5, 3), math.min(2, 0.5), try(math.max), r(math.sqrt(2)), r(math.sin(1)), r(math.cos(1)), r(math.tan(1)), r(math.asin(1)), r(math.acos(0)), r(math.atan(1)), r(math.atan(1, -1)), r(math.exp(1)), r(math.log(8, 2)), r(math.log(100, 10)), r(math.log(2)), math.ult(1, -1), math.ult(-1, 1), math.deg(math.pi), r(math.rad(180)), math.huge, -math.huge, math.abs(-5), math.abs(-5.5), try(math.floor, 'x'), try(math.sqrt)
--- literals
return 0xff, 0xA.8p1, 0x.1p4, 1e2, .5, 3., 0x7fffffffffffffff, 0xffffffffffffffff, 9223372036854775807, 9223372036854775808, 1e-3, 0x1p-2, 3e0, 0X10, 1//1
--- unary and precedence
return -2 ^ 2, not nil == true, 2 ^ 3 ^ 2, -3 % 5, 1 .. 2 .. 3, 1 + 2 < 4, not 1 == 2, #'ab' + 1, -'3' + 1, 2 * 3 % 4, 5 - 3 - 1, 1 << 2 + 1, 6 & 3 == 2 and 1 or 0
--- arithmetic errors name the culprit
local t, n = {}, nil
return try(function() return t.x + 1 end), try(function() return n + 1 end), try(function() return t + 1 end), try(function() return 1 < t end), try(function() return t < t end), try(function() return nil > 1 end), try(function() return undefinedname.x end), try(function() return -t.y end), try(function() return 2 ^ {} end), try(function() return ('x')() end), try(function() t.a.b = 1 end), try(function() t:m() end), try(function() local a <const> = nil; return a.b end)
--- utf8
return utf8.char(72, 228, 8364, 128512), utf8.codepoint('häß', 1, -1), utf8.len('häß'), utf8.len('\xff'), utf8.offset('häß', 3), utf8.offset('häß', -1), utf8.offset('abc', 5), #utf8.charpattern, try(utf8.codepoint, '\xff'), try(utf8.char, -1), utf8.len('äöü', -2), utf8.len('', 1), try(utf8.len, 'abc', 5), utf8.len('\u{7FFFFFFF}', 1, -1, true), utf8.len('\xed\xa0\x80'), utf8.codepoint('\u{10FFFF}'), try(utf8.codepoint, '\u{200000}')
--- utf8.codes
local out = {}
for p, c in utf8.codes('aé€😀') do out[#out + 1] = p .. ':' .. c end
return out, try(function() for _ in utf8.codes('a\xffb') do end end), try(utf8.codes)
