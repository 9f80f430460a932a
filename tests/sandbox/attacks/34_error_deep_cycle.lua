-- expect: error an error that is a table
local t = {}
t.self = t
setmetatable(t, { __index = t })
error(t)
