-- Nothing that differs between two processes reaches a script: same seed, same values.
-- expect: value [true,true,true,true]
local a, b = {}, {}
local t = {}
for i = 1, 100 do t["k" .. i] = i end
for k in pairs(t) do a[#a + 1] = k end
for k in next, t do b[#b + 1] = k end
return {
  table.concat(a) == table.concat(b),
  tostring(print) == tostring(print) and not tostring(print):find("0x"),
  os.time() == os.time(),
  not pcall(string.format, "%p", "x"),
}
