-- expect: error an error that is a table without a field 'message'
local object = setmetatable({}, { __index = function() while true do end end, __tostring = error })
local function raise(depth)
  if depth == 0 then error(object) end
  local ok, why = coroutine.resume(coroutine.create(raise), depth - 1)
  error(why)
end
raise(20)
