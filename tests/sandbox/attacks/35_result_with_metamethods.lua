-- The host reads a result without running any of it.
-- expect: value {"a":1}
local function loop() while true do end end
return setmetatable({ a = 1 }, { __index = loop, __pairs = loop, __len = loop, __tostring = loop, __eq = loop })
