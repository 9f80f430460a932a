-- expect: value true
local before = os.clock()
for i = 1, 1000 do end
return os.clock() - before <= 0.002 and os.clock() * 1000 % 1 == 0
