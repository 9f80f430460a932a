return workflow {
  name = "test_input_required_result_capabilities", description = "Asks whomever the client has.",
  run = function(w)
    local asked, said = pcall(w.tool, "client.elicit", { key = "person", message = "Who are you?" })
    if asked then return "A person: " .. said.action end
    return "A model: " .. w.tool("client.sample", { key = "model", prompt = "Who are you?" }).text
  end,
}
