-- Coroutines nested without end hit Lua's own limit.
-- expect: error C stack overflow
local function nest() return coroutine.wrap(nest)() end
nest()
