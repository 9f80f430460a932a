return workflow {
  name = "test_elicitation_sep1034_defaults", description = "Asks with a default for each field.",
  run = function(w)
    local said = w.tool("client.elicit", { message = "Please check these.", schema = {
      type = "object",
      properties = {
        name = { type = "string", default = "John Doe" },
        age = { type = "integer", default = 30 },
        score = { type = "number", default = 95.5 },
        status = { type = "string", enum = { "active", "inactive", "pending" }, default = "active" },
        verified = { type = "boolean", default = true },
      },
    } })
    return "Elicitation completed: action=" .. said.action .. ", content=" .. json.encode(said.content)
  end,
}
