return workflow {
  name = "test_input_required_result_list_roots", description = "Asks where the client works.",
  run = function(w)
    local lines = {}
    for _, root in ipairs(w.tool("client.roots", { key = "client_roots" }).roots) do
      lines[#lines + 1] = root.uri
    end
    return "The client works in " .. table.concat(lines, ", ")
  end,
}
