-- Ways into JSON: `a.b`, `items[0]`, `items[*].name`, `["odd key"]`; `$` at the start may be left
-- out. Elements count from 0.
local path = {}

local function wrong(written, why)
  error("the path '" .. text.shorten(written, 80) .. "' " .. why
    .. "; write it as in items[0].name, items[*].price or [\"odd key\"]", 0)
end

-- The steps of a path: texts, numbers, and `true` for every element.
function path.parse(written)
  local steps, at = {}, 1
  if written:sub(1, 1) == "$" then at = 2 end
  while at <= #written do
    local sign = written:sub(at, at)
    if sign == "[" then
      local inside, close = written:match("^%[%s*([^%]\"]*)%s*%]()", at)
      local key, behind = written:match("^%[%s*\"([^\"]*)\"%s*%]()", at)
      if key then
        steps[#steps + 1], at = key, behind
      elseif inside == "*" then
        steps[#steps + 1], at = true, close
      elseif inside and inside:match("^%-?%d+$") and #inside < 10 then
        steps[#steps + 1], at = math.tointeger(tonumber(inside)), close
      else
        wrong(written, "has a wrong bracket at character " .. at)
      end
    else
      local name, behind = written:match("^%.?([^%.%[%]]+)()", at)
      if not name then wrong(written, "is wrong at character " .. at) end
      steps[#steps + 1], at = name == "*" and true or name, behind
    end
    if #steps > 50 then wrong(written, "is too long") end
  end
  return steps
end

local function is_list(value)
  if type(value) ~= "table" then return false end
  return #value > 0 or (next(value) == nil and json.encode(value) == "[]")
end

-- Every value that the steps lead to; where nothing is there, none.
local function walk(value, steps, at, found)
  if at > #steps then
    found[#found + 1] = value
    return
  end
  local step = steps[at]
  if type(value) ~= "table" then return end
  if step == true then
    for _, each in (is_list(value) and ipairs or pairs)(value) do walk(each, steps, at + 1, found) end
    return
  end
  local inner
  if math.type(step) == "integer" then
    if not is_list(value) then return end
    inner = value[step < 0 and #value + step + 1 or step + 1]
  else
    inner = value[step]
  end
  if inner ~= nil then walk(inner, steps, at + 1, found) end
end

function path.all(value, steps)
  local found = {}
  walk(value, steps, 1, found)
  return found
end

function path.first(value, steps) return path.all(value, steps)[1] end

-- A reader of rows by path, for lib.rows.
function path.reader()
  local known = {}
  return function(row, column)
    known[column] = known[column] or path.parse(column)
    return path.first(row, known[column])
  end
end

path.is_list = is_list

return path
