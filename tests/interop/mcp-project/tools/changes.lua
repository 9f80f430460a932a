-- These change what the server has to offer while it runs: each call adds a file, or takes it away.
local function toggle(file, text)
  if fs.exists(file) then
    fs.remove(file)
  else
    fs.write(file, text)
  end
  return "Changed."
end

return {
  tool {
    name = "test_trigger_prompt_change", description = "Changes the list of prompts.", input = {},
    permissions = { read = { "prompts" }, write = { "prompts" } },
    run = function() return toggle("prompts/passing.md", "Here for a while.") end,
  },
  tool {
    name = "test_trigger_tool_change", description = "Changes the list of tools.", input = {},
    permissions = { read = { "workflows" }, write = { "workflows" } },
    run = function()
      return toggle("workflows/passing.lua", [[
return workflow { name = "passing", description = "Here for a while.", run = function() return "gone" end }
]])
    end,
  },
}
