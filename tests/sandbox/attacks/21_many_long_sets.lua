-- expect: quota pattern_steps
local set = "[" .. ("b"):rep(10000) .. "]?"
return ("a"):rep(100000):find(set:rep(40) .. "c")
