-- Finalizers are not installed.
-- expect: value "calm"
for i = 1, 2000 do
  setmetatable({}, { __gc = function() while true do end end })
end
local waste = {}
for i = 1, 20000 do waste[i % 100 + 1] = { i } end
return "calm"
