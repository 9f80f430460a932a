-- A handler that fails for every error gives its own error back.
-- expect: value [false,"second"]
local ok, why = xpcall(function() error("first", 0) end, function() error("second", 0) end)
return { ok, why }
