-- expect: quota log_bytes
while true do print(("x"):rep(1000)) end
