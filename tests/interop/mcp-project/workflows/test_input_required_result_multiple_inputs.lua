return workflow {
  name = "test_input_required_result_multiple_inputs", description = "Asks three things at once.",
  run = function(w)
    local got = w.all {
      name = function()
        return w.tool("client.elicit", { key = "user_name", message = "What is your name?", schema = {
          type = "object", properties = { name = { type = "string" } }, required = { "name" } } })
      end,
      greeting = function()
        return w.tool("client.sample", { key = "greeting", prompt = "Generate a greeting",
          max_tokens = 50 })
      end,
      roots = function() return w.tool("client.roots", { key = "client_roots" }) end,
    }
    return got.greeting.text .. " " .. got.name.content.name .. ", at work in " .. #got.roots.roots
      .. " folders"
  end,
}
