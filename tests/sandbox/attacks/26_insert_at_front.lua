-- Shifting is charged by its length.
-- expect: quota any
local t = {}
for i = 1, 300000 do table.insert(t, 1, i) end
