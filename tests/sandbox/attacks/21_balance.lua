-- expect: quota pattern_steps
return ("("):rep(200000):find("%b()")
