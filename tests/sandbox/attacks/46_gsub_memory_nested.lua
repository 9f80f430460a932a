-- The text that nested callbacks build counts as memory.
-- expect: quota any
local s = ("x"):rep(500000)
local function nest(depth)
  return (s:gsub("^x*", function(m) if depth < 190 then return nest(depth + 1) .. "y" end return m end))
end
return #nest(1)
