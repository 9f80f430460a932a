-- expect: quota coroutines
local kept = {}
for i = 1, 1001 do kept[i] = coroutine.create(print) end
