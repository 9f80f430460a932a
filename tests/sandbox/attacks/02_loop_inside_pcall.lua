-- A script cannot catch its own end.
-- expect: quota instructions
while true do
  pcall(function() while true do end end)
end
