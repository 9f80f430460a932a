-- Each match reads the rest of the text before it gives up; the clock is read between them.
-- expect: quota cpu
-- quota: cpu_max=200
return #text.find_all(("a"):rep(1 << 20), "a(?:.*z)?")
