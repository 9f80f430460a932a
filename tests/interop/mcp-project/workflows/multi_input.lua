local function ask(w, key, message)
  return w.tool("client.elicit", { key = key, message = message, schema = {
    type = "object", properties = { name = { type = "string" }, confirm = { type = "boolean" } } } })
end

return workflow {
  name = "multi_input", description = "Asks two people at once.",
  run = function(w)
    local got = w.all {
      function() return ask(w, "first", "The first name?") end,
      function() return ask(w, "second", "The second name?") end,
    }
    return got[1].content.name .. " and " .. got[2].content.name
  end,
}
