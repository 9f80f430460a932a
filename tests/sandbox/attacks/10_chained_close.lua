-- There is no coroutine.close to chain.
-- expect: error attempt to call a nil value (field 'close')
local previous
for i = 1, 20000 do
  local before = previous
  previous = coroutine.create(function()
    local x <close> = setmetatable({}, { __close = function() if before then coroutine.close(before) end end })
    coroutine.yield()
  end)
  if i > 2 then coroutine.close(previous) end
end
