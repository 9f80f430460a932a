-- expect: value "calm"
kept = setmetatable({}, { __gc = function() while true do end end })
return "calm"
