-- expect: value [false,"'__tostring' must return a string"]
local ok, why = pcall(tostring, setmetatable({}, { __tostring = function() return 1 end }))
return { ok, why }
