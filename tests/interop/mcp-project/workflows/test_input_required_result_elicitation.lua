return workflow {
  name = "test_input_required_result_elicitation", description = "Asks for a name.",
  run = function(w)
    local said = w.tool("client.elicit", { key = "user_name", message = "What is your name?", schema = {
      type = "object", properties = { name = { type = "string" } }, required = { "name" } } })
    return "Hello, " .. said.content.name .. "!"
  end,
}
