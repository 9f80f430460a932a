-- expect: value 100000
local text = ("\0"):rep(1 << 20)
local list = {}
for i = 1, 100000 do list[i] = text end
table.sort(list)
return #list
