-- expect: value [false,"'__tostring' must return a string"]
local ok, why = pcall(tostring, setmetatable({}, { __tostring = function() return {} end }))
return { ok, why }
