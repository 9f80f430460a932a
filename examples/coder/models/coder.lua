-- A scripted model: rules in the model's place. It writes a script with a mistake, mends it when it
-- is told, and answers from what the script returned.
local kScript = [[
local orders = {}
local items = tools.stock.items{}.items
for _, name in ipairs(items) do
  local found = tools.stock.look{ ITEM = name }
  if found.there < found.wanted then
    orders[#orders + 1] = { item = name, count = found.wanted - found.there }
  end
end
return orders]]

local function last_result(request)
  local parts = request.messages[#request.messages].parts
  return parts[1].type == "tool_result" and parts[1] or nil
end

return model {
  name = "coder",
  reply = function(request)
    local result = last_result(request)
    if result == nil or result.is_error then
      local key = result == nil and "name" or "item"
      local script = kScript:gsub("ITEM", key)
      return { reasoning = result == nil and "One script does it." or "Wrong argument; mend it.",
               calls = { { tool = "code.run", args = { script = script } } } }
    end
    local words = {}
    for _, order in ipairs(json.decode(result.content)) do
      words[#words + 1] = order.count .. " " .. order.item
    end
    return { text = "To be ordered: " .. table.concat(words, ", ") .. "." }
  end,
}
