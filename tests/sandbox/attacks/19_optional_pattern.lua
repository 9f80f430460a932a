-- expect: quota pattern_steps
return (("x"):rep(100)):find(("x?"):rep(100) .. ("x"):rep(101))
