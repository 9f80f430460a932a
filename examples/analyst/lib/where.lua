-- Conditions on rows: a list of {column, op, value, part?} becomes one test of a row.
local csv = require "lib.csv"
local dates = require "lib.dates"
local nearest = require "lib.nearest"

local where = { ops = { "=", "!=", "<", "<=", ">", ">=", "in", "contains" } }

local compare = {
  ["="] = function(a, b) return a == b end,
  ["!="] = function(a, b) return a ~= b end,
  ["<"] = function(a, b) return a < b end,
  ["<="] = function(a, b) return a <= b end,
  [">"] = function(a, b) return a > b end,
  [">="] = function(a, b) return a >= b end,
}

local function number_of(value)
  if type(value) == "number" then return value end
  return type(value) == "string" and tonumber(value) or nil
end

-- How a column's cells are seen, and what turns an argument into the same form.
local function lens(data, at, condition)
  local kind, part = csv.kind(data, at), condition.part
  if part == json.null then part = nil end
  if part and kind ~= "date" then
    error(("column '%s' holds no dates, so it has no part '%s'")
      :format(data.columns[at], tostring(part)), 0)
  end
  if part then
    local read = dates.reader(part)
    if not read then error(nearest.unknown("date part", tostring(part), dates.parts), 0) end
    return read, function(value) return dates.part_value(part, value) end, "a " .. part
  end
  if kind == "date" then
    return nil, dates.normal, "a date such as 2015-03-09"
  elseif kind == "number" then
    return nil, number_of, "a number"
  end
  return string.lower, function(value)
    return (type(value) == "string" or type(value) == "number") and tostring(value):lower() or nil
  end, "a text"
end

local function argument(convert, value, wanted, column)
  local converted = value ~= nil and value ~= json.null and convert(value) or nil
  if converted ~= nil then return converted end
  local shown = type(value) == "table" and "a list or object" or tostring(value)
  error(("the value for column '%s' should be %s, not '%s'"):format(column, wanted, shown), 0)
end

local function set_of(convert, list, wanted, column)
  if type(list) ~= "table" then
    error("op 'in' needs a list of values for column '" .. column .. "'", 0)
  end
  local set = {}
  for _, value in ipairs(list) do set[argument(convert, value, wanted, column)] = true end
  return set
end

local function one(data, condition)
  if type(condition) ~= "table" or not condition.column then
    error("a condition is {column, op, value}, such as {column = \"city\", op = \"=\", value = …}",
      0)
  end
  local at, op = csv.column(data, condition.column), condition.op or "="
  local see, convert, wanted = lens(data, at, condition)
  see = see or function(value) return value end
  if op == "in" then
    local set = set_of(convert, condition.value, wanted, condition.column)
    return function(row) return row[at] ~= nil and set[see(row[at])] == true end
  end
  local value = argument(convert, condition.value, wanted, condition.column)
  if op == "contains" then
    local needle = tostring(value)
    return function(row)
      return row[at] ~= nil and tostring(see(row[at])):find(needle, 1, true) ~= nil
    end
  end
  local test = compare[op]
  if not test then error(nearest.unknown("op", tostring(op), where.ops), 0) end
  return function(row) return row[at] ~= nil and test(see(row[at]), value) end
end

-- The rows that meet every condition. A row whose cell is empty meets none on that column.
function where.select(data, conditions)
  if conditions == nil or conditions == json.null then return data.rows end
  local tests = {}
  for i, condition in ipairs(conditions) do tests[i] = one(data, condition) end
  if #tests == 0 then return data.rows end
  local kept = {}
  for _, row in ipairs(data.rows) do
    local meets = true
    for i = 1, #tests do
      if not tests[i](row) then meets = false break end
    end
    if meets then kept[#kept + 1] = row end
  end
  return kept
end

return where
