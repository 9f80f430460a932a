-- expect: value 0
local risen = 0
local function rise(o) risen = risen + 1 setmetatable({}, { __gc = rise }) end
setmetatable({}, { __gc = rise })
for i = 1, 50000 do local t = { i } end
return risen
