-- The metatable that all strings share cannot be reached.
-- expect: error attempt to index a boolean value
getmetatable("").__index = function() return "evil" end
