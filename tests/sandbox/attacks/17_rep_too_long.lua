-- expect: quota string_bytes
return #("x"):rep(1 << 40)
