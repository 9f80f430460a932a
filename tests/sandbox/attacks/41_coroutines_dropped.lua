-- Those no longer reachable do not count.
-- expect: value "ok"
for i = 1, 3000 do
  local co = coroutine.create(coroutine.yield)
  coroutine.resume(co)
end
return "ok"
