return workflow {
  name = "test_reconnection", description = "Takes longer than a stream stays silent.",
  run = function(w)
    w.sleep(2.5)
    return "You came back."
  end,
}
