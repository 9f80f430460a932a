-- expect: value [true,true,true,true]
local function plain(v) return not tostring(v):find("0x") end
return { plain({}), plain(print), plain(function() end), plain(coroutine.create(print)) }
