-- expect: quota cpu
local a, b = ("\0"):rep((1 << 20) - 1), ("\0"):rep((1 << 20) - 2)
local r
while true do
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
  r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
end
