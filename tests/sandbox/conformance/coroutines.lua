--- values go both ways
local co = coroutine.create(function(a, b)
  local c = coroutine.yield(a + b)
  local d, e = coroutine.yield(c * 2)
  return d, e, 'end'
end)
return { coroutine.resume(co, 1, 2) }, { coroutine.resume(co, 5) }, coroutine.status(co), { coroutine.resume(co, 'x', 'y') }, coroutine.status(co), { coroutine.resume(co) }
--- errors end a coroutine
local co = coroutine.create(function() error('oops', 0) end)
local co2 = coroutine.create(function() error({ code = 1 }) end)
local co3 = coroutine.create(function() local x = nil; return x.y end)
return { coroutine.resume(co) }, coroutine.status(co), { coroutine.resume(co2) }, { coroutine.resume(co3) }, { coroutine.resume(co) }
--- wrap passes errors on
local w = coroutine.wrap(function() coroutine.yield(1) error('oops') end)
return w(), try(w), try(w), try(coroutine.wrap(function() error({}) end))
--- status and running
local co
co = coroutine.create(function()
  local inner = coroutine.create(function() return coroutine.status(co) end)
  local running, main = coroutine.running()
  return coroutine.status(co), { coroutine.resume(inner) }, running == co, main, coroutine.isyieldable()
end)
return coroutine.status(co), { coroutine.resume(co) }, coroutine.status(co)
--- yields through pcall, iterators and metamethods
local co = coroutine.wrap(function()
  local ok, v = pcall(function() return coroutine.yield('in pcall') .. '!' end)
  local t = setmetatable({}, { __index = function(_, k) return coroutine.yield(k) end, __add = function(a, b) return coroutine.yield('add') end, __lt = function() return coroutine.yield('lt') end })
  local out = { ok, v, t.key, t + 1, t < 1 }
  for x in function(_, l) if not l then return coroutine.yield('iter') end end do out[#out + 1] = x end
  return out
end)
return co(), co('a'), co('b'), co('c'), co(true), co('d')
--- yield inside error handlers and after errors
local co = coroutine.wrap(function()
  local ok, v = pcall(function() coroutine.yield(1) error('late') end)
  local ok2, v2 = xpcall(function() coroutine.yield(2) error('again', 0) end, function(m) return 'handled ' .. m end)
  return ok, v, ok2, v2
end)
return co(), co(), co()
--- generators
local function gen(n) return coroutine.wrap(function() for i = 1, n do coroutine.yield(i) end end) end
local out = {}
for x in gen(3) do for y in gen(x) do out[#out + 1] = x * y end end
return out
--- dead, suspended and wrong arguments
local co = coroutine.create(function() end)
coroutine.resume(co)
return { coroutine.resume(co) }, try(coroutine.create, 5), try(coroutine.wrap), try(coroutine.create)
--- yield across a C boundary
return try(coroutine.wrap(function() table.sort({ 2, 1 }, function() coroutine.yield() end) end)), try(coroutine.wrap(function() return ('x'):gsub('x', coroutine.yield) end))
--- recursion of coroutines
local function deep(n) if n == 0 then return 'bottom' end return coroutine.wrap(deep)(n - 1) end
return deep(50), pcall(function() local function f() return coroutine.wrap(f)() end return f() end) == false
--- many values
local co = coroutine.wrap(function(...) while true do coroutine.yield(select('#', ...), ...) end end)
return select('#', co(table.unpack({}, 1, 100)))
--- a coroutine that resumes its resumer
local a
a = coroutine.create(function() local b = coroutine.create(function() return coroutine.resume(a) end) return coroutine.resume(b) end)
return coroutine.resume(a)
--- differs: a coroutine is closed by being forgotten
-- sandbox: true|nil
return coroutine.close
