-- Each new coroutine starts a fresh count, so making one costs a whole interval.
-- expect: quota instructions
for n = 1, 100000 do
  local co = coroutine.wrap(function()
    local x = 0
    for i = 1, 230 do x = x + i * i end
    return x
  end)
  co()
end
