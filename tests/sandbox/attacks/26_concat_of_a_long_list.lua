-- expect: quota any
local t = {}
for i = 1, 100000 do t[i] = "0123456789" end
while true do table.concat(t) end
