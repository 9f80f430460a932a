-- A script that wrecks its own globals harms only itself.
-- expect: value {"still":"here"}
string.rep, string, tostring, pcall, error, json, table = nil, nil, nil, nil, nil, nil, nil
_G = nil
local _ENV = nil
return { still = "here" }
