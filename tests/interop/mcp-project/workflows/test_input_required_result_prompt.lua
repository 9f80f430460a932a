return workflow {
  name = "test_input_required_result_prompt", description = "A prompt that asks what it is about.",
  run = function(w)
    local said = w.tool("client.elicit", { key = "user_context",
      message = "What context should the prompt use?", schema = {
        type = "object", properties = { context = { type = "string" } }, required = { "context" } } })
    return "Use this context: " .. said.content.context
  end,
}
