-- expect: quota list_items
return table.concat(setmetatable({}, { __len = function() return 1e9 // 1 | 0 end, __index = function() return "x" end }))
