-- expect: quota string_bytes
return #string.format("%q", ("\1"):rep(1 << 20))
