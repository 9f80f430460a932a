-- expect: quota pattern_steps
return ("a"):rep(300):find((".-"):rep(8) .. "b")
