-- expect: quota instructions
local s = ("a"):rep(1 << 20)
while true do text.chunk(s, { bytes = 100000, overlap = 25000 }) end
