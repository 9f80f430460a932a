-- Stock Lua 5.4.4 uses a stale pointer into its stack when a __concat metamethod makes the stack move.
-- expect: error attempt to concatenate a table value
local function deep(n) if n == 0 then return "y" end return (deep(n - 1)) end
local kept = {}
for i = 1, 1000 do
  kept[i] = "x" .. setmetatable({}, { __concat = function() kept[-i] = {} return deep(i) end }) .. "z"
end
return #kept
