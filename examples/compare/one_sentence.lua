-- A check of one's own: no more than one full stop, and nothing after it.
return check {
  run = function(reply, case)
    local stops = select(2, reply.text:gsub("%.", ""))
    return { pass = stops <= 1, why = "full stops: " .. stops }
  end,
}
