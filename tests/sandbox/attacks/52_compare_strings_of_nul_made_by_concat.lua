-- expect: quota cpu
-- whole file
return tool {
  run = function()
    local half = ("\0"):rep(16000)
    local late = coroutine.wrap(function(a, b)
      while true do
        local r
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        r = a < b r = b <= a r = a < b r = b <= a r = a < b r = b <= a
        a, b = coroutine.yield()
      end
    end)
    late("a", "b")
    local long = half
    for i = 1, 6 do long = long .. long end
    local longer = long .. long:sub(1, 2)
    while true do late(long, longer) end
  end,
}
