-- expect: quota string_bytes
return #("abc"):rep(math.maxinteger)
