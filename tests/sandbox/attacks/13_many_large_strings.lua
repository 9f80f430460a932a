-- expect: quota memory
local kept = {}
for i = 1, 1000 do kept[i] = ("x"):rep(1 << 19) .. i end
