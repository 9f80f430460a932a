-- expect: quota list_items
table.sort(setmetatable({}, { __len = function() return 1e9 // 1 | 0 end, __index = function() return 1 end }))
