return tests {
  ["a month later stays within the month"] = function(t)
    t.equal(t.call("time.add", { time = "2026-01-31", months = 1 }).date, "2026-02-28")
  end,
  ["the time is that of the call"] = function(t)
    t.now("2026-05-01T10:00:00Z")
    local now = t.call("time.now", {})
    t.equal({ now.time, now.weekday }, { "2026-05-01T10:00:00Z", "Friday" })
  end,
  ["a time is written for another difference to UTC"] = function(t)
    local moved = t.call("time.convert", { time = "2026-01-01T23:30:00Z", zone = "+02:00" })
    t.equal(moved.time, "2026-01-02T01:30:00+02:00")
  end,
  ["what is no time is refused"] = function(t)
    t.fails(function() t.call("time.add", { time = "2026-13-31", days = 1 }) end, "'2026-13-31' is no time")
  end,
}
