-- expect: quota any
local list = {}
for i = 1, 24 do list[i] = ("\0"):rep((1 << 20) - 1) .. "" end
while true do table.sort(list) end
