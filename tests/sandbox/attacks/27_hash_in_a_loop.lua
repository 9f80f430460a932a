-- A long string is hashed as a whole when it is first a key.
-- expect: quota any
local s, t = ("x"):rep((1 << 20) - 8), {}
local n = 0
while true do
  n = n + 1
  t[s .. n] = nil
  local _ = t[s .. n]
end
