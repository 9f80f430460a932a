-- Long strings made by the language itself are charged where they are allocated.
-- expect: quota instructions
-- quota: instructions_max=2000000
local s = ("x"):rep(1 << 19)
local n = 0
while true do n = n + #(s .. n) end
