-- The tool results of a conversation, looked up by what was called: the only memory of the model.
-- What is not there yet becomes a call to make.
local work = {}
work.__index = work

local tries_max = 3

local function canonical(value)
  if value == json.null then return "null" end
  if type(value) == "number" then return ("%.14g"):format(value) end
  if type(value) ~= "table" then return type(value):sub(1, 1) .. tostring(value) end
  local keys, parts = {}, {}
  for key in pairs(value) do keys[#keys + 1] = tostring(key) end
  table.sort(keys)
  for i, key in ipairs(keys) do
    local item = value[key]
    if item == nil then item = value[tonumber(key)] end
    parts[i] = key .. "=" .. canonical(item)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function plain_name(name) return (tostring(name):gsub("[%._]", "_")) end

local function key_of(tool, args) return plain_name(tool) .. canonical(args or {}) end

-- The tool results by call id, wherever in the conversation they stand.
local function collect(messages)
  local results, calls, turn = {}, {}, 0
  for _, message in ipairs(messages) do
    if message.role == "user" then turn = turn + 1 end
    for _, part in ipairs(message.parts or {}) do
      if part.type == "tool_result" then
        results[part.id] = part
      elseif part.type == "tool_call" then
        calls[#calls + 1] = { part = part, turn = turn }
      end
    end
  end
  return results, calls, turn
end

local function read(part)
  if part.is_error then return { message = tostring(part.content) } end
  local content = part.content
  if type(content) == "string" then
    local ok, value = pcall(json.decode, content)
    content = ok and value or nil
  end
  if type(content) ~= "table" then return { message = "its result cannot be read" } end
  return { value = content }
end

function work.new(request)
  local results, calls, turn = collect(request.messages or {})
  local self = setmetatable({ answers = {}, tried = {}, pending = {}, tools = {}, made = 0 }, work)
  for _, tool in ipairs(request.tools or {}) do self.tools[plain_name(tool.name)] = tool.name end
  for _, call in ipairs(calls) do
    local key = key_of(call.part.name, call.part.args)
    if call.turn == turn then
      self.tried[key] = (self.tried[key] or 0) + 1
      self.made = self.made + 1
    end
    local result = results[call.part.id]
    if result then self.answers[key] = read(result) end
  end
  return self
end

function work:has(tool) return self.tools[plain_name(tool)] ~= nil end

function work:fail(reason)
  self.failed = self.failed or reason
  return nil
end

-- The arguments with the name that the error text proposes ("no column 'rian' (… did you mean
-- 'rain'?)"), or nil when it proposes none that fits.
local function mended(args, message)
  local wrong, right = message:match("no [%a ]+ '([^']*)'.*did you mean '([^']*)'")
  if not wrong then return nil end
  local changed = false
  local function walk(value)
    if value == wrong then
      changed = true
      return right
    end
    if type(value) ~= "table" or value == json.null then return value end
    local other = {}
    for key, item in pairs(value) do other[key] = walk(item) end
    return other
  end
  local other = walk(args)
  return changed and other or nil
end

local passing = { "timed out", "timeout", "interrupted", "unavailable", "temporar", "try again" }

local function may_pass(message)
  local low = message:lower()
  for _, word in ipairs(passing) do
    if low:find(word, 1, true) then return true end
  end
  return false
end

function work:ask(tool, args, key)
  if (self.tried[key] or 0) >= tries_max or self.made + #self.pending >= 24 then
    return self:fail(tool .. " was called again and again without a result")
  end
  for _, call in ipairs(self.pending) do
    if call.key == key then return nil end
  end
  table.insert(self.pending, { key = key, tool = self.tools[plain_name(tool)], args = args })
  return nil
end

-- The result of a call, or nil: then it is pending, or `failed` says why there is none.
function work:need(tool, args, is_mended)
  if not self:has(tool) then
    return self:fail("it takes the tool " .. tool .. ", which I was not given")
  end
  local key = key_of(tool, args)
  local answer = self.answers[key]
  if not answer then return self:ask(tool, args, key) end
  if answer.value then return answer.value end
  local other = not is_mended and mended(args, answer.message)
  if other then
    local waiting = #self.pending
    local value = self:need(tool, other, true)
    if #self.pending > waiting then self.mending = answer.message end
    return value
  end
  if may_pass(answer.message) and (self.tried[key] or 0) == 1 then
    self.mending = answer.message
    return self:ask(tool, args, key)
  end
  return self:fail(("%s answered: %s"):format(tool, answer.message))
end

-- The calls to make now, without what only this file needs.
function work:calls()
  local list = {}
  for i, call in ipairs(self.pending) do list[i] = { tool = call.tool, args = call.args } end
  return list
end

return work
