return workflow {
  name = "test_elicitation", description = "Asks who somebody is.", input = { message = "string" },
  run = function(w, input)
    local said = w.tool("client.elicit", { message = input.message, schema = {
      type = "object",
      properties = {
        username = { type = "string", description = "User's response" },
        email = { type = "string", description = "User's email address" },
      },
      required = { "username", "email" },
    } })
    return "User response: action=" .. said.action .. ", content=" .. json.encode(said.content)
  end,
}
