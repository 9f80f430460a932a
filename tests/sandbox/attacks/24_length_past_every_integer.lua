-- A length near the largest integer does not wrap around.
-- expect: quota list_items
local t = setmetatable({}, { __len = function() return math.maxinteger end, __index = function() return "x" end })
return {
  (pcall(table.insert, t, "x")),
  (pcall(table.unpack, t)),
  (pcall(table.unpack, {}, math.mininteger, math.maxinteger)),
  (pcall(table.move, {}, math.mininteger, -2, 2)),
}
