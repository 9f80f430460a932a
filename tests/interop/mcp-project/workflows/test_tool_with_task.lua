return workflow {
  name = "test_tool_with_task", description = "Asks for a name, then takes its time.",
  run = function(w)
    local said = w.tool("client.elicit", { key = "user_name", message = "What is your name?", schema = {
      type = "object", properties = { name = { type = "string" } }, required = { "name" } } })
    w.sleep(6)
    return "Done for " .. said.content.name
  end,
}
