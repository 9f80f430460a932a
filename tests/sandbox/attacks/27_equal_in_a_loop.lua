-- expect: quota any
local a = ("x"):rep((1 << 20) - 1) .. "y"
local b = ("x"):rep((1 << 20) - 1) .. "y"
local n = 0
while true do if a == b then n = n + 1 end end
