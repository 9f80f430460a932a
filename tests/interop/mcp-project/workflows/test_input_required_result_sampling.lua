return workflow {
  name = "test_input_required_result_sampling", description = "Asks the client's model a question.",
  run = function(w)
    return w.tool("client.sample", { key = "capital_question",
      prompt = "What is the capital of France?", max_tokens = 100 }).text
  end,
}
