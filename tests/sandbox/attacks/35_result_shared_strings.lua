-- One long string told of a thousand times is a thousand times as long.
-- expect: quota output_bytes
local s, t = ("x"):rep(1 << 20), {}
for i = 1, 10000 do t[i] = s end
return t
