return workflow {
  name = "test_input_required_result_tampered_state", description = "Asks for a confirmation.",
  run = function(w)
    w.tool("client.elicit", { key = "confirm", message = "Please confirm", schema = {
      type = "object", properties = { ok = { type = "boolean" } }, required = { "ok" } } })
    return "confirmed"
  end,
}
