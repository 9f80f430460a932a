return workflow {
  name = "test_sampling", description = "Asks the client's model.", input = { prompt = "string" },
  run = function(w, input)
    return "LLM response: " .. w.tool("client.sample", { prompt = input.prompt, max_tokens = 100 }).text
  end,
}
