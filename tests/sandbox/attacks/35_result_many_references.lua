-- A small value that is told of again and again is large: 2^20 leaves of one table.
-- expect: quota output_bytes
local t = { 1, 1 }
for i = 1, 20 do t = { t, t } end
return t
