local csv = require "lib.csv"
local dates = require "lib.dates"
local group = require "lib.group"
local summary = require "lib.summary"
local where = require "lib.where"

local file = { type = "string", description = "A file as files.list names it" }
local conditions = {
  type = "array",
  description = "Keep only the rows that meet all of these",
  items = {
    type = "object",
    required = { "column", "op", "value" },
    additionalProperties = false,
    properties = {
      column = { type = "string" },
      part = { enum = dates.parts,
        description = "Compare this part of a date, not the whole date" },
      op = { enum = where.ops },
      value = { description = "A number, a text, a date as YYYY-MM-DD; for op 'in' a list" },
    },
  },
}

local function object(properties, required)
  return schema {
    type = "object",
    properties = properties,
    required = required,
    additionalProperties = false,
  }
end

local function given(value)
  if value == json.null then return nil end
  return value
end

-- Sorts stably: equal values keep the order they had.
local function sort_by(list, value_of, descending)
  local place = {}
  for i, item in ipairs(list) do place[item] = i end
  table.sort(list, function(a, b)
    local x, y = value_of(a), value_of(b)
    if x == y then return place[a] < place[b] end
    if x == nil or y == nil then return y == nil end
    if descending then return x > y end
    return x < y
  end)
end

local function first(list, count)
  local kept = json.array {}
  for i = 1, math.min(count, #list) do kept[i] = list[i] end
  return kept
end

local describe = tool {
  name = "csv.describe",
  description = "The columns of a CSV file: type, range, units where known, the values of short "
    .. "text columns, what period the dates cover and what one row stands for.",
  input = object({ file = file }, { "file" }),
  effect = "read",
  permissions = { read = { "data" } },
  run = function(input) return summary.of(csv.load(input.file)) end,
}

local function run_filter(input)
  local data = csv.load(input.file)
  local rows = where.select(data, given(input.where))
  local matched = #rows
  local order, limit = given(input.order_by), given(input.limit) or 20
  if order then
    local at = csv.column(data, order)
    csv.kind(data, at)
    rows = table.move(rows, 1, #rows, 1, {})
    sort_by(rows, function(row) return row[at] end, given(input.descending))
  end
  local names, places = given(input.columns) or data.columns, {}
  for i, name in ipairs(names) do
    places[i] = csv.column(data, name)
    csv.kind(data, places[i])
  end
  local shown = json.array {}
  for i, row in ipairs(first(rows, limit)) do
    local cells = json.array {}
    for j, at in ipairs(places) do cells[j] = row[at] == nil and json.null or row[at] end
    shown[i] = cells
  end
  return { file = data.file, matched = matched, columns = names, rows = shown }
end

local filter = tool {
  name = "csv.filter",
  description = "Rows of a CSV file that meet conditions, sorted if wished; each row is a list in "
    .. "the order of `columns`. `matched` counts all of them, also those over the limit.",
  input = object({
    file = file,
    where = conditions,
    columns = { type = "array", items = { type = "string" }, description = "All when left out" },
    order_by = { type = "string", description = "A column to sort by" },
    descending = { type = "boolean" },
    limit = { type = "integer", minimum = 1, maximum = 200, description = "20 when left out" },
  }, { "file" }),
  effect = "read",
  permissions = { read = { "data" } },
  run = run_filter,
}

local function run_aggregate(input)
  local data = csv.load(input.file)
  local rows = where.select(data, given(input.where))
  local column, by, part = given(input.column), given(input.by), given(input.part)
  local result = { file = data.file, fn = input.fn, column = column }
  if not by then
    if part then error("a date part needs `by`: the column of dates to group by", 0) end
    local whole = group.whole(data, rows, input.fn, column)
    result.value, result.rows, result.values = whole.value, whole.rows, whole.values
    return result
  end
  local groups = group.each(data, rows, input.fn, column, by, part)
  local order = given(input.order)
  if order then
    sort_by(groups, function(entry) return entry.value end, order == "descending")
  end
  result.by, result.part, result.rows = by, part, #rows
  result.groups_total = #groups
  result.groups = first(groups, given(input.limit) or 200)
  return result
end

local aggregate = tool {
  name = "csv.aggregate",
  description = "One figure (count, sum, mean, median, min, max) over the rows that meet "
    .. "conditions, or one for each group: by a column, or by a part of a date column. Empty cells "
    .. "are left out.",
  input = object({
    file = file,
    fn = { enum = group.functions },
    column = { type = "string", description = "What to compute; a count of rows needs none" },
    where = conditions,
    by = { type = "string", description = "A column to group by" },
    part = { enum = dates.parts, description = "Group by this part of the dates in `by`" },
    order = { enum = { "ascending", "descending" },
      description = "By value; by key when left out" },
    limit = { type = "integer", minimum = 1, maximum = 400,
      description = "Groups; 200 if left out" },
  }, { "file", "fn" }),
  effect = "read",
  permissions = { read = { "data" } },
  run = run_aggregate,
}

return { describe, filter, aggregate }
