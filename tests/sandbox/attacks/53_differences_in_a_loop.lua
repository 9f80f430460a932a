-- expect: quota instructions
local a, b = {}, {}
for i = 1, 4000 do a[i], b[i] = i % 7, i % 11 end
a, b = table.concat(a, "\n"), table.concat(b, "\n")
while true do text.diff(a, b) end
