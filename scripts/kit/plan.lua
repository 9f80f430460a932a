-- Carries out a plan: every step as soon as what it needs is there. A step that failed ends only
-- those that need it; the answer tells what was done, what failed and what was skipped.
local kRetriesMax = 3

local function lookup(values, path)
  local at = values
  for key in path:gmatch("[^.]+") do
    if type(at) ~= "table" then return nil end
    local index = math.tointeger(tonumber(key))
    local inner = at[key]
    if inner == nil and index ~= nil then inner = at[index + 1] end
    at = inner
  end
  return at
end

local function found(values, path)
  local value = lookup(values, path)
  if value == nil then error("$" .. path .. " is not there", 0) end
  return value
end

local function as_text(value)
  return type(value) == "string" and value or json.encode(value)
end

-- "$id.path" is the value itself; "… ${id.path} …" is text with the value in it.
local function resolve(given, values)
  if type(given) == "table" then
    if next(given) == nil then return given end
    local copy = #given > 0 and json.array {} or {}
    for key, value in pairs(given) do copy[key] = resolve(value, values) end
    return copy
  end
  if type(given) ~= "string" then return given end
  local whole = given:match("^%$([%a_][%w_%-]*[%w_.%-]*)$")
  if whole ~= nil then return found(values, whole) end
  return (given:gsub("%${([^}]*)}", function(path) return as_text(found(values, path)) end))
end

local function references(given, into)
  if type(given) == "table" then
    for _, value in pairs(given) do references(value, into) end
  elseif type(given) == "string" then
    local whole = given:match("^%$([%a_][%w_%-]*)[%w_.%-]*$")
    if whole ~= nil then into[#into + 1] = whole end
    for id in given:gmatch("%${([%a_][%w_%-]*)") do into[#into + 1] = id end
  end
  return into
end

local function attempt(w, step, values)
  local inputs = resolve(step.inputs or {}, values)
  if step.tool ~= nil then return w.tool(step.tool, inputs) end
  local input = next(inputs) ~= nil and inputs or nil
  return w.agent(step.agent, { task = resolve(step.task, values), input = input })
end

local function with_retries(w, step, values)
  local left = math.min(step.retries or 0, kRetriesMax)
  while left > 0 do
    local ok, value = pcall(attempt, w, step, values)
    if ok then return value end
    if value.outcome ~= "error" and value.outcome ~= "timeout" then error(value, 0) end
    left = left - 1
  end
  return attempt(w, step, values)
end

return workflow {
  name = "plan",
  run = function(w, given)
    if given.problem ~= nil then error(given.problem, 0) end
    local values = { input = given.input, task = given.task }
    for id, value in pairs(given.known or {}) do values[id] = value end
    local nodes = {}
    for _, step in ipairs(given.plan.steps) do
      local needs = references({ step.inputs or {}, step.task }, {})
      for _, need in ipairs(step.needs or {}) do needs[#needs + 1] = need end
      nodes[step.id] = {
        needs = needs,
        run = function()
          local value = with_retries(w, step, values)
          values[step.id] = value == nil and json.null or value
          return values[step.id]
        end,
      }
    end
    local results = w.graph(nodes)
    local answer = { done = {}, failed = {}, skipped = json.array {} }
    for _, step in ipairs(given.plan.steps) do
      local result = results[step.id]
      if result == nil then
        table.insert(answer.skipped, step.id)
      elseif result.ok then
        answer.done[step.id] = result.value
      else
        local problem = result.value
        answer.failed[step.id] = type(problem) == "table" and problem.message or tostring(problem)
      end
    end
    if given.final == nil then return answer end
    local prompt = given.final.prompt .. "\n\nWhat came of the plan:\n" .. json.encode(answer)
    answer.text = w.model { prompt = prompt, instructions = given.final.instructions }
    return answer
  end,
}
