return workflow {
  name = "test_missing_capability", description = "Cannot do without the client's model.",
  run = function(w) return w.tool("client.sample", { prompt = "Are you there?" }).text end,
}
