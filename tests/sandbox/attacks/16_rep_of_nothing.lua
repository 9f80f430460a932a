-- expect: value ["",""]
return { (""):rep(1 << 62), (""):rep(1e9, "") }
