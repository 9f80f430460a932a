-- expect: quota any
local function grow(...) return grow(1, ...) end
grow()
