return workflow {
  name = "test_input_required_result_request_state", description = "Asks for a confirmation.",
  run = function(w)
    local said = w.tool("client.elicit", { key = "confirm", message = "Please confirm", schema = {
      type = "object", properties = { ok = { type = "boolean" } }, required = { "ok" } } })
    return said.content.ok and "state-ok" or "state-ok, but refused"
  end,
}
