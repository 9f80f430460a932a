--- classes and sets over every byte
local out = {}
for _, p in ipairs { '%a', '%c', '%d', '%g', '%l', '%p', '%s', '%u', '%w', '%x', '%A', '%S', '[%a_]', '[^%w]', '[a-f]', '[]]', '[^]]', '[a-]', '[%-a]', '.' } do
  local n, sum = 0, 0
  for b = 0, 255 do if string.char(b):find(p) then n = n + 1 sum = sum + b end end
  out[p] = n .. '/' .. sum
end
return out
--- find with positions of every sign
local s = 'hello world'
local out = {}
for i = -13, 13 do out[#out + 1] = tostring(s:find('o', i)) end
for i = -13, 13 do out[#out + 1] = tostring(s:find('', i)) end
return table.concat(out, ' '), s:find('l+'), s:find('l+', 5), s:find('xyz'), s:find('', 12), s:find('', 13)
--- captures and positions
return ('key = value'):match('^(%w+)%s*=%s*(%w+)$'), ('abc'):match('()b()'), ('abc'):find('(b)(c)'), ('x'):match('(((x)))')
--- greedy, lazy and optional
return ('aaab'):match('a*b'), ('aaab'):match('a-b'), ('<a><b>'):match('<(.-)>'), ('<a><b>'):match('<(.*)>'), ('color colour'):gsub('colou?r', 'C')
--- frontier and balance
return ('THE (quick) fox'):find('%f[%a]%a+%f[%A]'), ('f(a(b)c)d'):match('%b()'), ('[[]'):find('%b[]'), ('a.b'):gsub('%f[%w]%w', '%0%0'), ('x'):find('%f[x]'), (''):find('%f[\0]')
--- back references
return ('"it\'s"'):match('(["\'])(.-)%1'), ('abab'):match('(ab)%1'), ('aa'):match('(a)%1'), try(string.match, 'a', '%1'), try(string.match, 'a', '(a%1)')
--- anchors
return ('aXb'):gsub('^a', '-'), ('aaa'):gsub('^a', '-'), ('a$b'):find('$b'), ('a^b'):find('a^'), ('aab'):gsub('b$', 'c'), ('x^'):match('x^$')
--- gsub replacements
return ('hello'):gsub('l', { l = 'L' }), ('hello'):gsub('.', { h = 1, e = false }), ('abc'):gsub('%w', '%%%0'), ('abc'):gsub('', '-'), ('a b'):gsub('(%w) (%w)', '%2 %1'),
  ('abc'):gsub('b', function() end), ('abc'):gsub('b', function() return false end), ('abc'):gsub('(b)(c)', function(a, b) return b .. a end), ('x'):gsub('x', 5)
--- gsub counts
return ('aaaa'):gsub('a', 'b', 2), ('aaaa'):gsub('a', 'b', 0), ('aaaa'):gsub('a', 'b', -1), ('aaaa'):gsub('a', 'b', math.maxinteger)
--- gsub errors
return try(string.gsub, 'a', 'a', '%2'), try(string.gsub, 'a', 'a', '%x'), try(string.gsub, 'a', 'a', '%'), try(string.gsub, 'a', 'a', {}, 'x'), try(string.gsub, 'a', 'a'), try(string.gsub, 'a', 'a', function() return {} end), try(string.gsub, 'a', '(a', 'x')
--- gmatch walks
local out = {}
for k, v in ('a=1, b=2, c=3'):gmatch('(%w+)=(%w+)') do out[#out + 1] = k .. v end
for w in ('one two'):gmatch('%a*') do out[#out + 1] = '<' .. w .. '>' end
for p in ('abc'):gmatch('()') do out[#out + 1] = p end
for w in ('abcabc'):gmatch('%w', 4) do out[#out + 1] = w end
for w in ('abc'):gmatch('%w', -1) do out[#out + 1] = w end
return out
--- malformed patterns
local out = {}
for _, p in ipairs { '[', '[a', '[^', '[]', '%', '(', ')', '(()', '%b', '%bx', '%f', '%fa', '[%', '[a-', 'a)', '%0' } do out[#out + 1] = p .. tostring(pcall(string.find, 'abc', p)) end
return out
--- the byte 0 in subjects and patterns
return ('a\0b'):find('\0'), ('a\0b'):match('%z'), ('\0\0'):gsub('\0', 'x'), ('a\0b'):match('[\0]b'), #('a\0b'):match('.*'), ('a\0b'):find('b', 1, true)
--- captures of too many kinds
return try(string.match, ('a'):rep(40), ('(a)'):rep(33)), select('#', ('a'):rep(32):match(('(a)'):rep(32)))
--- plain search
return ('a.b'):find('.', 1, true), ('a.b'):find('.b', 1, true), (''):find('', 1, true), ('abc'):find('', 10, true), ('abc'):find('c', -1, true), ('a%b'):find('%', 2, true)
