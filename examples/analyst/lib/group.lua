-- Groups rows and computes one figure for each group.
local csv = require "lib.csv"
local dates = require "lib.dates"
local nearest = require "lib.nearest"

local group = { functions = { "count", "sum", "mean", "median", "min", "max" } }

local function median(values)
  table.sort(values)
  local half = #values // 2
  if #values % 2 == 1 then return values[half + 1] end
  return (values[half] + values[half + 1]) / 2
end

local figures = {
  sum = function(values)
    local total = 0
    for i = 1, #values do total = total + values[i] end
    return total
  end,
  mean = function(values)
    local total = 0.0
    for i = 1, #values do total = total + values[i] end
    return total / #values
  end,
  median = median,
  min = function(values)
    local best = values[1]
    for i = 2, #values do if values[i] < best then best = values[i] end end
    return best
  end,
  max = function(values)
    local best = values[1]
    for i = 2, #values do if values[i] > best then best = values[i] end end
    return best
  end,
}

-- The figure of these rows and how many had a value; nil where none had one.
local function figure(rows, fn, at)
  if fn == "count" then
    if not at then return #rows, #rows end
    local count = 0
    for _, row in ipairs(rows) do if row[at] ~= nil then count = count + 1 end end
    return count, count
  end
  local values = {}
  for _, row in ipairs(rows) do
    if row[at] ~= nil then values[#values + 1] = row[at] end
  end
  if #values == 0 then return nil, 0 end
  return csv.clean(figures[fn](values)), #values
end

-- Checks `fn` and `column` against each other; the column's position, or nil for a count of rows.
local function measured(data, fn, column)
  if not figures[fn] and fn ~= "count" then
    error(nearest.unknown("function", tostring(fn), group.functions), 0)
  end
  if column == nil or column == json.null then
    if fn == "count" then return nil end
    error("function '" .. fn .. "' needs a column", 0)
  end
  local at = csv.column(data, column)
  local kind = csv.kind(data, at)
  if fn ~= "count" and kind ~= "number" then
    error(("function '%s' needs a column of numbers; '%s' holds %s"):format(fn, column, kind), 0)
  end
  return at
end

local function key_reader(data, by, part)
  local at = csv.column(data, by)
  local kind = csv.kind(data, at)
  if part and kind ~= "date" then
    error(("column '%s' holds no dates, so it has no part '%s'"):format(by, tostring(part)), 0)
  end
  if not part then return function(row) return row[at] end end
  local read = dates.reader(part)
  if not read then error(nearest.unknown("date part", tostring(part), dates.parts), 0) end
  return function(row) return row[at] ~= nil and read(row[at]) or nil end
end

local function split(data, rows, by, part)
  local read, groups, order = key_reader(data, by, part), {}, {}
  for _, row in ipairs(rows) do
    local key = read(row)
    if key ~= nil then
      local members = groups[key]
      if not members then
        members = {}
        groups[key] = members
        order[#order + 1] = key
      end
      members[#members + 1] = row
    end
  end
  table.sort(order)
  return groups, order
end

-- One figure over all rows.
function group.whole(data, rows, fn, column)
  local value, used = figure(rows, fn, measured(data, fn, column))
  return { value = value == nil and json.null or value, rows = #rows, values = used }
end

-- A figure for each group, by key: an array of {key, value, rows}. Groups without a value are left
-- out.
function group.each(data, rows, fn, column, by, part)
  local at = measured(data, fn, column)
  local groups, order = split(data, rows, by, part)
  local found = json.array {}
  for _, key in ipairs(order) do
    local value = figure(groups[key], fn, at)
    if value ~= nil then
      found[#found + 1] = { key = dates.part_name(part, key), value = value, rows = #groups[key] }
    end
  end
  return found
end

return group
