-- A scripted model: rules in the model's place, for the agent "planner". It plans to compare the
-- years of the weather file, and answers from what its plan's steps came to.
local function by_year(fn, column)
  return { file = "$files.files.0.name", fn = fn, column = column, by = "date", part = "year",
           order = "descending" }
end

local kPlan = {
  goal = "which year was the wettest, and which the warmest",
  steps = {
    { id = "files", tool = "files.list", why = "the file's name" },
    { id = "rain", tool = "csv.aggregate", inputs = by_year("sum", "precipitation"),
      why = "rain by year" },
    { id = "heat", tool = "csv.aggregate", inputs = by_year("mean", "temp_max"),
      why = "highs by year" },
  },
}

local function last_result(request)
  local part = request.messages[#request.messages].parts[1]
  return part.type == "tool_result" and part or nil
end

return model {
  name = "planner",
  reply = function(request)
    local first = request.messages[1].parts[1].text
    local result = last_result(request)
    local done
    if result ~= nil then
      if result.is_error then return { text = "The plan came to nothing: " .. result.content } end
      done = json.decode(result.content).done
    elseif first:find("What came of the plan:", 1, true) then  -- a saved plan was carried out
      done = json.decode(first:match("What came of the plan:\n(.*)$")).done
    else
      return { reasoning = "All of it can be had at once, once the file is known.",
               calls = { { tool = "plan.propose", args = kPlan } } }
    end
    if done.rain == nil or done.heat == nil then return { text = "The figures could not be had." } end
    local wet, warm = done.rain.groups[1], done.heat.groups[1]
    return { text = ("%s was the wettest year, with %.0f mm; the highs were highest in %s, %.1f °C "
                     .. "on average."):format(wet.key, wet.value, warm.key, warm.value) }
  end,
}
