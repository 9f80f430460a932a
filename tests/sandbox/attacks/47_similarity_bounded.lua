-- expect: quota any
local s = ("x"):rep(4096)
while true do text.similarity(s, s) end
