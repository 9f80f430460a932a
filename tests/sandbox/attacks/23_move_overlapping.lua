-- expect: quota list_items
local t = { 1 }
table.move(t, 1, 1e9 // 1 | 0, 2)
