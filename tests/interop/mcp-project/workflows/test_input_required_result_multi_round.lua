local function ask(w, key, message, field)
  local said = w.tool("client.elicit", { key = key, message = message, schema = {
    type = "object", properties = { [field] = { type = "string" } }, required = { field } } })
  return said.content[field]
end

return workflow {
  name = "test_input_required_result_multi_round", description = "Asks one thing after another.",
  run = function(w)
    local name = ask(w, "step1", "Step 1: What is your name?", "name")
    local color = ask(w, "step2", "Step 2: What is your favorite color?", "color")
    return name .. " likes " .. color
  end,
}
