-- Runs a durable script: gives it `w`, and carries on its branches in one order alone, that of the
-- completions which flow.step() brings. Nothing here reads a clock or guesses, so that a script that
-- is run anew and brought the same completions does the same.
--
-- A branch is a coroutine with a path. Its n-th call has the position PATH..n: "3", "3.1.2".
local flow_step, flow_want = flow.step, flow.want
flow = nil

local kAtOnce = 32     -- wants handed in by one host call
local kToken = {}      -- what a branch yields when it rests

local ready = {}       -- branches to be gone on with, in order: from first_ready to last_ready
local first_ready, last_ready = 1, 0
local waiting = {}     -- position -> the branch that waits there
local wanted = {}      -- not yet handed in
local current          -- the branch that runs

-- Level 1 is the function that calls raise(), 2 its caller.
local function raise(problem, level)
  local _, where = pcall(error, "", level + 2)
  problem.place = where:match("^(.-):? ?$")
  error(setmetatable(problem, {
    __tostring = function(self)
      return (self.place ~= "" and self.place .. ": " or "") .. self.message
    end,
  }), 0)
end

local function wrong(message, level) raise({ outcome = "error", message = message }, level + 1) end

-- ---- the order of things

local function make_ready(branch)
  last_ready = last_ready + 1
  ready[last_ready] = branch
end

local function next_ready()
  local branch = ready[first_ready]
  ready[first_ready] = nil
  first_ready = first_ready + 1
  return branch
end

local function wake(branch)
  branch.woken = true
  if not branch.nested then make_ready(branch) end
end

local function forget(branch)  -- a loser of a race, with all that it began
  branch.dropped = true
  if branch.waits then
    waiting[branch.waits] = nil
    local held = false
    for index, each in ipairs(wanted) do
      if each.at == branch.waits then
        table.remove(wanted, index)
        held = true
        break
      end
    end
    if not held then
      wanted[#wanted + 1] = { at = branch.waits .. "x", kind = "drop", args = { of = branch.waits } }
    end
    branch.waits = nil
  end
  for _, child in pairs(branch.children or {}) do
    if not child.over then forget(child) end
  end
end

local function finish(branch, ok, value)
  branch.over, branch.ok, branch.value = true, ok, value
  local group = branch.group
  if group == nil or branch.dropped or group.over then return end
  group.left = group.left - 1
  group.first = group.first or branch
  if group.ended then group.ended(branch) end
  if group.left > 0 and not group.is_race then return end
  group.over = true
  wake(group.owner)
end

local function go_on(branch)
  if branch.dropped or branch.over then return end
  local before = current
  current = branch
  local ok, value
  if branch.begun then
    ok, value = coroutine.resume(branch.co)
  else
    branch.begun = true
    ok, value = coroutine.resume(branch.co, table.unpack(branch.arguments or {}, 1, 3))
  end
  current = before
  if coroutine.status(branch.co) == "suspended" then
    if value == kToken then return end
    ok, value = false, "attempt to yield from outside a coroutine"
  end
  finish(branch, ok, value)
end

local function hand_in()
  local list = wanted
  wanted = {}
  while #list > kAtOnce do
    flow_want(table.move(list, 1, kAtOnce, 1, json.array {}))
    list = table.move(list, kAtOnce + 1, #list, 1, {})
  end
  local answer = flow_step(json.array(list))
  local branch = waiting[answer.at]
  if branch == nil then return end  -- of a call that nobody waits for any more
  waiting[answer.at] = nil
  branch.waits, branch.answer = nil, answer
  wake(branch)
end

local function turn(is_over)
  while not is_over() do
    if first_ready <= last_ready then
      go_on(next_ready())
    elseif next(waiting) == nil then
      error("every branch of the script waits for another", 0)
    else
      hand_in()
    end
  end
end

-- Lets others run until the branch is woken. Within a coroutine of the script's own, which cannot be
-- left without its resumer's knowing, the others run from here.
local function rest(branch)
  if coroutine.running() == branch.co then
    coroutine.yield(kToken)
  else
    branch.nested = true
    turn(function() return branch.woken or branch.dropped end)
    branch.nested = false
    if branch.dropped then error("this branch lost its race", 0) end
  end
  branch.woken = false
end

local function take_place(branch)
  if branch.dropped then error("this branch lost its race", 0) end
  branch.count = branch.count + 1
  return branch.path .. branch.count
end

local function ask(branch, at, kind, args)
  waiting[at] = branch
  branch.waits = at
  wanted[#wanted + 1] = { at = at, kind = kind, args = args }
  rest(branch)
  local answer = branch.answer
  branch.answer = nil
  return answer
end

local function plain(value)
  if value == json.null then return nil end
  return value
end

-- `what` names the call where it fails: "csv.stats".
local function want(kind, args, what, level)
  local at = take_place(current)
  local answer = ask(current, at, kind, args)
  if answer.outcome == "ok" then return plain(answer.value), at end
  raise({
    outcome = answer.outcome,
    message = what .. ": " .. (answer.message or answer.outcome),
    at = at,
    value = plain(answer.value),
  }, level + 1)
end

-- ---- branches

local function functions_of(branches, name)
  if type(branches) ~= "table" then wrong(name .. " takes a table of functions", 4) end
  local list = {}
  for key, value in pairs(branches) do
    if type(value) ~= "function" then
      wrong(name .. ": item " .. tostring(key) .. " is a " .. type(value) .. ", not a function", 4)
    end
    if type(key) == "string" and not key:match("^[%w_-]+$") then
      wrong(name .. ": '" .. key .. "' is no name for a branch: use letters, digits, _ and -", 4)
    end
    list[#list + 1] = { key = key, run = value }
  end
  if #list == 0 then wrong(name .. " needs at least one function", 4) end
  return list
end

local function branch_out(branches, name, is_race)
  local owner = current
  local list = functions_of(branches, name)
  local at = take_place(owner)
  local group = { owner = owner, left = #list, is_race = is_race }
  local before = owner.children
  owner.children = {}
  for index, each in ipairs(list) do
    local child = {
      co = coroutine.create(each.run),
      path = at .. "." .. tostring(each.key) .. ".",
      key = each.key,
      count = 0,
      group = group,
    }
    owner.children[index] = child
    make_ready(child)
  end
  rest(owner)
  local children = owner.children
  owner.children = before
  return children, group
end

local function all(branches)
  local children = branch_out(branches, "w.all", false)
  local results = type(children[1].key) == "number" and json.array {} or {}
  for _, child in ipairs(children) do
    if not child.ok then error(child.value, 0) end
    if child.value == nil then
      results[child.key] = json.null
    else
      results[child.key] = child.value
    end
  end
  return results
end

local function race(branches)
  local children, group = branch_out(branches, "w.race", true)
  for _, child in ipairs(children) do
    if not child.over then forget(child) end
  end
  local first = group.first
  if not first.ok then error(first.value, 0) end
  return first.value, first.key
end

-- Branches that begin when those they need have ended well: { id = { needs = { … }, run = … } }.
-- What each came to: { ok = …, value = … }, by id; nothing of one that never began.
local function graph(nodes)
  local owner = current
  local at = take_place(owner)
  local count = 0
  for _ in pairs(nodes) do count = count + 1 end
  local group = { owner = owner, left = count }
  local children, before = {}, owner.children
  owner.children = children
  local function begin_those_ready()
    for id, node in pairs(nodes) do
      local is_ready = children[id] == nil
      for _, need in ipairs(node.needs) do
        local other = children[need]
        if nodes[need] and not (other and other.over and other.ok) then is_ready = false end
      end
      if is_ready then
        local child = { co = coroutine.create(node.run), path = at .. "." .. id .. ".", count = 0,
                        group = group, key = id }
        children[id] = child
        make_ready(child)
      end
    end
  end
  -- When nothing is under way any more, what has not begun never will.
  local function close_if_stuck()
    for _, child in pairs(children) do
      if not child.over then return end
    end
    group.left = 0
  end
  group.ended = function()
    begin_those_ready()
    close_if_stuck()
  end
  begin_those_ready()
  close_if_stuck()
  if group.left > 0 then rest(owner) end
  owner.children = before
  local results = {}
  for id, child in pairs(children) do results[id] = { ok = child.ok, value = child.value } end
  return results
end

-- ---- what may be asked for

local kUnits = { us = 1, ms = 1000, s = 1000000, m = 60000000, h = 3600000000, d = 86400000000,
                 w = 604800000000 }

local function microseconds(value)
  if type(value) == "number" and value >= 0 then return math.floor(value * 1000000) end
  if type(value) ~= "string" then return nil end
  local total, last = 0, 1
  for first, number, unit, after in value:gmatch("()(%d+%.?%d*)%s*(%a+)%s*()") do
    if first ~= last or kUnits[unit] == nil then return nil end
    total = total + tonumber(number) * kUnits[unit]
    last = after
  end
  if last == 1 or last <= #value then return nil end
  return math.floor(total)
end

local function known_fields(options, known, name)
  for key in pairs(options) do
    if not known[key] then
      local names = {}
      for each in pairs(known) do names[#names + 1] = each end
      wrong(name .. ": '" .. tostring(key) .. "' is no option of it; there are: " ..
            table.concat(names, ", "), 4)
    end
  end
end

local function options_of(value, name, text_key, known)
  if type(value) == "string" then return { [text_key] = value } end
  if type(value) ~= "table" then wrong(name .. " takes a string or a table", 3) end
  known_fields(value, known, name)
  return value
end

local function need_text(value, what)
  if type(value) ~= "string" or value == "" then wrong(what .. " must be a string", 3) end
end

local w = { all = all, race = race, graph = graph }

function w.tool(name, args)
  need_text(name, "w.tool: the tool's name")
  if args ~= nil and type(args) ~= "table" then
    wrong("w.tool: the arguments of " .. name .. " must be a table", 2)
  end
  local value = want("tool", { tool = name, args = args or {} }, name, 2)
  return value
end

function w.agent(name, options)
  need_text(name, "w.agent: the agent's name")
  local given = options_of(options or {}, "w.agent", "task", { task = true, input = true })
  local value = want("agent", { agent = name, task = given.task, input = given.input },
                     "agent " .. name, 2)
  return value
end

local kModelFields = { model = true, prompt = true, messages = true, instructions = true,
                       output_tokens_max = true, schema = true }

function w.model(options)
  local given = options_of(options, "w.model", "prompt", kModelFields)
  local args = {}
  for key, value in pairs(given) do args[key == "model" and "target" or key] = value end
  if args.prompt == nil and args.messages == nil then
    wrong("w.model needs a prompt or messages", 2)
  end
  if args.schema ~= nil and type(args.schema) ~= "table" then
    wrong("w.model: schema is a table such as { city = 'string' }", 2)
  end
  local reply = want("model", args, "w.model", 2)
  if args.schema ~= nil and type(reply) == "table" then return reply.value end
  return type(reply) == "table" and reply.text or reply
end

local kAskFields = { title = true, body = true, choices = true, expires = true }

function w.ask(options)
  local given = options_of(options, "w.ask", "title", kAskFields)
  need_text(given.title, "w.ask: the title")
  local args = { title = given.title, body = given.body, choices = given.choices }
  if given.expires ~= nil then
    args.expires_us = microseconds(given.expires) or
                   wrong("w.ask: expires is a time such as '2d'", 2)
  end
  local value = want("ask", args, "w.ask", 2)
  return value
end

function w.sleep(time)
  local us = microseconds(time)
  if us == nil then
    wrong("w.sleep takes seconds, or a text such as '90s', '2h30m' or '7d'", 2)
  end
  want("sleep", { us = us }, "w.sleep", 2)
end

function w.now()
  local us = want("now", {}, "w.now", 2)
  return us / 1000000
end

-- As math.random has it: a number below 1, or an integer up to `low`, or from `low` to `high`.
function w.random(low, high)
  if low ~= nil and high == nil then low, high = 1, low end
  if low ~= nil and (math.type(low) ~= "integer" or math.type(high) ~= "integer" or low > high) then
    wrong("w.random takes integers, the smaller first", 2)
  end
  local value = want("random", {}, "w.random", 2)
  if low == nil then return value end
  return low + math.floor(value * (high - low + 1))
end

function w.step(name, run)
  need_text(name, "w.step: the step's name")
  if type(run) ~= "function" then wrong("w.step: '" .. name .. "' needs a function", 2) end
  local found, at = want("step", { name = name }, "step " .. name, 2)
  if found.done then return plain(found.value) end
  local value = run()
  if value == nil then value = json.null end
  local answer = ask(current, at .. "r", "record", { name = name, value = value })
  if answer.outcome ~= "ok" then
    raise({ outcome = answer.outcome, message = "step " .. name .. ": " .. answer.message }, 2)
  end
  return plain(value)
end

function w.signal(name)
  need_text(name, "w.signal: the signal's name")
  local value = want("signal", { name = name }, "signal " .. name, 2)
  return value
end

local function tool_function(name)
  return function(args)
    if args ~= nil and type(args) ~= "table" then
      wrong("the arguments of " .. name .. " must be a table", 2)
    end
    local value = want("tool", { tool = name, args = args or {} }, name, 2)
    return value
  end
end

-- The tools of these names as functions: tools.csv.stats { … }; also tools.csv_stats { … }.
function w.tools_named(names)
  local function node(path)
    return setmetatable({}, {
      __index = function(_, key)
        error("there is no tool " .. path .. tostring(key) .. "; there are: " ..
              table.concat(names, ", "), 2)
      end,
    })
  end
  local top = node("")
  for _, name in ipairs(names) do
    local call = tool_function(name)
    rawset(top, (name:gsub("[.:]", "_")), call)
    local at, path = top, ""
    for part, dot in name:gmatch("([^.:]+)([.:]?)") do
      path = path .. part .. "."
      if dot == "" then
        rawset(at, part, call)
      elseif rawget(at, part) == nil then
        rawset(at, part, node(path))
      end
      at = rawget(at, part)
      if type(at) ~= "table" then break end
    end
  end
  return top
end

return function(run, ...)
  local root = { co = coroutine.create(run), path = "", count = 0, arguments = { w, ... } }
  make_ready(root)
  turn(function() return root.over end)
  if root.ok then return root.value end
  local problem = root.value
  if type(problem) == "table" and type(problem.message) == "string" then
    local place = type(problem.place) == "string" and problem.place or ""
    problem = (place ~= "" and place .. ": " or "") .. problem.message
  end
  error(problem, 0)
end
