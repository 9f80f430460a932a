-- What a script puts in the place of a function is seen by no library function and not by the host.
-- expect: quota instructions
pcall = function(f, ...) return true, f(...) end
error = function() return "no error" end
json.encode = function() return "forged" end
setmetatable = function(t) return t end
coroutine.resume = pcall
string.find = function() return 1, 1 end
while true do pcall(error, "x") end
