-- expect: quota string_bytes
return #(""):rep(1 << 40, "big")
