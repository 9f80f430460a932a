-- expect: quota pattern_steps
return ("a"):rep(65536):find(".-b")
