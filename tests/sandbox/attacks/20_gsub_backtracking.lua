-- expect: quota pattern_steps
return (("x"):rep(1 << 20):gsub("x.*y", "z"))
