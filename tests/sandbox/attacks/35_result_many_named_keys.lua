-- expect: quota output_bytes
local t = {}
for i = 1, 60000 do t["k" .. i] = true end
return t
