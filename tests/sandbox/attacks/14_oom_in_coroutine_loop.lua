-- expect: quota memory
while true do
  coroutine.resume(coroutine.create(function()
    local t = {}
    for i = 1, 1e9 do t[i] = { i } end
  end))
end
