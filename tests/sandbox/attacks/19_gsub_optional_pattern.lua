-- expect: quota pattern_steps
return (("a"):rep(50):gsub(("a?"):rep(50) .. ("a"):rep(51), "x"))
