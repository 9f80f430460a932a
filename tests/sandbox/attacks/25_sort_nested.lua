-- expect: error C stack overflow
local function deeper() table.sort({ 2, 1 }, function(a, b) deeper() return a < b end) end
deeper()
