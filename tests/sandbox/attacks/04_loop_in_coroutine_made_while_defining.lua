-- A coroutine made while the file was read is metered like any other.
-- whole file
-- expect: quota instructions
local early = coroutine.create(function() while true do end end)
return tool { run = function() return coroutine.resume(early) end }
