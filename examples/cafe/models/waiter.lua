-- Rules in the model's place: it looks at the menu, or orders, and says what came of it.

-- What was asked last, and what came of the call since.
local function since_task(request)
  local task, result = "", nil
  for _, message in ipairs(request.messages) do
    for _, part in ipairs(message.parts) do
      if message.role == "user" and part.type == "text" then
        task, result = part.text, nil
      elseif part.type == "tool_result" then
        result = part
      end
    end
  end
  return task, result
end

-- The plugin's name here is the operator's to choose.
local function tool_of(request, name)
  for _, tool in ipairs(request.tools) do
    if tool.name:match("%." .. name .. "$") then return tool.name end
  end
end

local function menu_of(reply)
  local lines = {}
  for _, dish in ipairs(reply.items) do
    lines[#lines + 1] = ("%s (%.2f €)"):format(dish.title, dish.subtitle)
  end
  return "Today there is: " .. table.concat(lines, ", ") .. "."
end

return model {
  name = "waiter",
  reply = function(request)
    local task, result = since_task(request)
    if result and result.is_error then return { text = "That did not work: " .. result.content } end
    if result then
      local reply = json.decode(result.content)
      if reply.items then return { text = menu_of(reply) } end
      return { text = ("Ordered: number %d, ready in %d minutes."):format(reply.number, reply.minutes) }
    end
    local count, dish = task:match("[Oo]rder (%d+) (%w+)")
    if count then
      local args = { dish = dish, count = tonumber(count) }
      return { calls = { { tool = tool_of(request, "placeOrder"), args = args } } }
    end
    local course = task:lower():match("dinner") or "lunch"
    return { calls = { { tool = tool_of(request, "listDishes"), args = { course = course } } } }
  end,
}
