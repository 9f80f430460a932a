-- A script that lives at its memory limit is ended by its processor time.
-- expect: quota any
-- quota: memory_bytes_max=8388608
local kept = {}
for i = 1, 1e6 do
  kept[i] = { i }
  if i > 60000 then kept[i - 60000] = false end
end
