-- Conditions, order and figures over rows. A row is whatever `value_of(row, column)` can read; it
-- answers nil for what is not there.
local given = require "lib.given"

local rows = {}

rows.ops = { "eq", "ne", "lt", "le", "gt", "ge", "contains", "starts_with", "matches", "in",
  "empty", "not_empty" }
rows.figures = { "count", "sum", "mean", "median", "min", "max", "distinct" }

rows.where_schema = {
  type = "array",
  maxItems = 20,
  description = "Keep only the rows that meet all of these",
  items = {
    type = "object",
    required = { "column", "op" },
    additionalProperties = false,
    properties = {
      column = { type = "string" },
      op = { enum = rows.ops, description = "'matches' takes a regular expression, 'in' a list; "
        .. "'empty' and 'not_empty' take no value" },
      value = { description = "A number, a text, true or false; for 'in' a list of them" },
    },
  },
}

rows.measures_schema = {
  type = "array",
  minItems = 1,
  maxItems = 10,
  description = "What to compute, for example [{\"figure\":\"sum\",\"column\":\"price\"}]",
  items = {
    type = "object",
    required = { "figure" },
    additionalProperties = false,
    properties = {
      figure = { enum = rows.figures },
      column = { type = "string", description = "Every figure but 'count' needs one" },
    },
  },
}

local function is_empty(value) return value == nil or value == json.null or value == "" end

-- Numbers compare as numbers, also where one is written as a text; all else as texts.
local function compare(a, b)
  local x, y = tonumber(a), tonumber(b)
  if x and y then return x < y and -1 or x > y and 1 or 0 end
  local s, t = tostring(a), tostring(b)
  return s < t and -1 or s > t and 1 or 0
end

local tests = {
  eq = function(v, w) return compare(v, w) == 0 end,
  ne = function(v, w) return compare(v, w) ~= 0 end,
  lt = function(v, w) return compare(v, w) < 0 end,
  le = function(v, w) return compare(v, w) <= 0 end,
  gt = function(v, w) return compare(v, w) > 0 end,
  ge = function(v, w) return compare(v, w) >= 0 end,
  contains = function(v, w)
    return tostring(v):lower():find(tostring(w):lower(), 1, true) ~= nil
  end,
  starts_with = function(v, w) return text.starts_with(tostring(v), tostring(w)) end,
  matches = function(v, w) return text.matches(tostring(v), w) end,
  ["in"] = function(v, list)
    for _, w in ipairs(list) do
      if compare(v, w) == 0 then return true end
    end
    return false
  end,
}

local function check_condition(condition)
  local op, value = condition.op, given(condition.value)
  if op == "empty" or op == "not_empty" then return end
  if value == nil then error("the condition on '" .. condition.column .. "' has no value", 0) end
  if op == "in" and type(value) ~= "table" then error("the op 'in' takes a list of values", 0) end
  if op == "matches" and type(value) ~= "string" then
    error("the op 'matches' takes a regular expression as a text", 0)
  end
end

local function meets(row, condition, value_of)
  local value = value_of(row, condition.column)
  if condition.op == "empty" then return is_empty(value) end
  if condition.op == "not_empty" then return not is_empty(value) end
  if is_empty(value) then return condition.op == "ne" end
  return tests[condition.op](value, condition.value)
end

function rows.select(list, where, value_of)
  if not where then return list end
  for _, condition in ipairs(where) do check_condition(condition) end
  local kept = {}
  for _, row in ipairs(list) do
    local all = true
    for _, condition in ipairs(where) do
      if not meets(row, condition, value_of) then
        all = false
        break
      end
    end
    if all then kept[#kept + 1] = row end
  end
  return kept
end

-- In order of a column; rows without a value come last, equal ones stay as they were.
function rows.sort(list, column, descending, value_of)
  local keyed = {}
  for i, row in ipairs(list) do keyed[i] = { row = row, key = value_of(row, column) } end
  table.sort(keyed, function(a, b)
    if is_empty(a.key) or is_empty(b.key) then return not is_empty(a.key) and is_empty(b.key) end
    local order = compare(a.key, b.key)
    if descending then return order > 0 end
    return order < 0
  end)
  local sorted = {}
  for i, item in ipairs(keyed) do sorted[i] = item.row end
  return sorted
end

local function numbers_of(list, column, figure, value_of)
  local numbers = {}
  for _, row in ipairs(list) do
    local value = value_of(row, column)
    if not is_empty(value) then
      local number = tonumber(value)
      if not number then
        error("'" .. figure .. "' needs numbers, but the column '" .. column .. "' holds '"
          .. text.shorten(tostring(value), 40) .. "'; use where to leave such rows out", 0)
      end
      numbers[#numbers + 1] = number
    end
  end
  return numbers
end

local function extreme(list, column, wanted, value_of)
  local best
  for _, row in ipairs(list) do
    local value = value_of(row, column)
    if not is_empty(value) and (best == nil or compare(value, best) == wanted) then best = value end
  end
  return best
end

local function sum(numbers)
  local total = 0
  for _, number in ipairs(numbers) do total = total + number end
  return total
end

local figures = {
  count = function(list, column, value_of)
    if not column then return #list end
    local count = 0
    for _, row in ipairs(list) do
      if not is_empty(value_of(row, column)) then count = count + 1 end
    end
    return count
  end,
  distinct = function(list, column, value_of)
    local seen, count = {}, 0
    for _, row in ipairs(list) do
      local value = value_of(row, column)
      if not is_empty(value) and not seen[value] then
        seen[value] = true
        count = count + 1
      end
    end
    return count
  end,
  min = function(list, column, value_of) return extreme(list, column, -1, value_of) end,
  max = function(list, column, value_of) return extreme(list, column, 1, value_of) end,
  sum = function(list, column, value_of)
    return sum(numbers_of(list, column, "sum", value_of))
  end,
  mean = function(list, column, value_of)
    local numbers = numbers_of(list, column, "mean", value_of)
    return #numbers > 0 and sum(numbers) / #numbers or nil
  end,
  median = function(list, column, value_of)
    local numbers = numbers_of(list, column, "median", value_of)
    if #numbers == 0 then return nil end
    table.sort(numbers)
    local middle = #numbers // 2 + 1
    if #numbers % 2 == 1 then return numbers[middle] end
    return (numbers[middle - 1] + numbers[middle]) / 2
  end,
}

local function group(list, by, value_of)
  local groups, found = {}, {}
  for _, row in ipairs(list) do
    local keys, parts = {}, {}
    for i, column in ipairs(by) do
      local value = value_of(row, column)
      keys[i] = is_empty(value) and json.null or value
      parts[i] = json.encode(keys[i])
    end
    local id = table.concat(parts, ",")
    if not found[id] then
      found[id] = { keys = keys, rows = {} }
      groups[#groups + 1] = found[id]
    end
    local members = found[id].rows
    members[#members + 1] = row
  end
  return groups
end

-- One row of figures for each group, or a single one without `by`; and the names of its columns.
function rows.aggregate(list, by, measures, value_of)
  local columns = json.array {}
  for _, column in ipairs(by) do columns[#columns + 1] = column end
  for _, measure in ipairs(measures) do
    local column = given(measure.column)
    if measure.figure ~= "count" and not column then
      error("the figure '" .. measure.figure .. "' needs a column", 0)
    end
    columns[#columns + 1] = column and measure.figure .. " of " .. column or measure.figure
  end
  local groups = #by > 0 and group(list, by, value_of) or { { keys = {}, rows = list } }
  local out = {}
  for i, each in ipairs(groups) do
    local cells = json.array {}
    for _, key in ipairs(each.keys) do cells[#cells + 1] = key end
    for _, measure in ipairs(measures) do
      local value = figures[measure.figure](each.rows, given(measure.column), value_of)
      cells[#cells + 1] = value == nil and json.null or value
    end
    out[i] = cells
  end
  return columns, out
end

return rows
