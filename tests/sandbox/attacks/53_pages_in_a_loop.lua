-- expect: quota instructions
local page = ("<li>"):rep(100000)
while true do text.from_html(page) end
