-- A metatable that is weak could lose a metamethod while Lua uses it; private copies are never weak.
-- expect: quota memory
-- quota: memory_bytes_max=4194304
local function object()
  local meta = setmetatable({}, { __mode = "v" })
  meta.__mode = "v"
  meta.__newindex = setmetatable({}, { __newindex = function(t, k, v) rawset(t, k, v) end })
  return setmetatable({}, meta)
end
local keep = {}
for i = 1, 1e7 do
  local o = object()
  o["key" .. i] = { i, tostring(i) }
  keep[i] = o
end
