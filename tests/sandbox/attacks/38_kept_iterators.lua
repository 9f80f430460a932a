-- Functions that the libraries hand out take wrong callers in their stride.
-- expect: value [false,false,false,false]
local step = pairs({ a = 1 })
local find = ("abc"):gmatch("b")
local codes = utf8.codes("abc")
local count = ipairs({})
return { (pcall(step)), (pcall(count)), (pcall(codes)), find() == "c" }
