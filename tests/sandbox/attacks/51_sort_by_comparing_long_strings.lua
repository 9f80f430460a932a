-- expect: quota any
local a, b = ("\0"):rep((1 << 20) - 1), ("\0"):rep((1 << 20) - 2)
local list = {}
for i = 1, 100000 do list[i] = i % 2 == 0 and a or b end
table.sort(list, function(x, y) return x < y end)
