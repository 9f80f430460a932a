-- expect: value 2000
local set, n = {}, 0
for i = 1, 2000 do set["k" .. i] = true end
while next(set) do set[next(set)] = nil n = n + 1 end
return n
