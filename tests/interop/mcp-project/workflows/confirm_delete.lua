return workflow {
  name = "confirm_delete", description = "Deletes nothing, once somebody agrees.",
  input = { filename = "string" },
  run = function(w, input)
    local said = w.tool("client.elicit", { key = "confirm", message = "Delete " .. input.filename .. "?",
      schema = { type = "object", properties = { confirm = { type = "boolean" } },
        required = { "confirm" } } })
    return said.content.confirm and "deleted " .. input.filename or "kept " .. input.filename
  end,
}
