return workflow {
  name = "test_streaming_elicitation", description = "Asks for a word.",
  run = function(w)
    local said = w.tool("client.elicit", { key = "word", message = "A word?", schema = {
      type = "object", properties = { word = { type = "string" } } } })
    return "The word: " .. tostring(said.content.word)
  end,
}
