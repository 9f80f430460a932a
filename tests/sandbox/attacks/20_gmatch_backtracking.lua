-- expect: quota pattern_steps
for m in ("a"):rep(100000):gmatch("a-b") do end
