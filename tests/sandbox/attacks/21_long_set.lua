-- A long set is worked out once, so it is no attack.
-- expect: value "none"
return ("a"):rep(100000):find("[" .. ("b"):rep(100000) .. "]") or "none"
