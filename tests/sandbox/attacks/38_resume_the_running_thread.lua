-- expect: value ["cannot resume non-suspended coroutine","cannot resume non-suspended coroutine"]
local main = coroutine.running()
local _, mine = coroutine.resume(main)
local _, inner = coroutine.wrap(function() return coroutine.resume(main) end)()
return { mine, inner }
