return workflow {
  name = "slow_compute", description = "Takes its time.",
  input = { seconds = "integer", label = "string?" },
  run = function(w, input)
    w.sleep(input.seconds)
    return "Slept for " .. input.seconds .. " s: " .. (input.label or "no label")
  end,
}
