-- A message handler never runs for what is fatal.
-- expect: quota instructions
local function loop() while true do end end
xpcall(loop, loop)
return "survived"
