-- From a query to the arguments of tools and to the words that say what was computed.
local dates = require "lib.dates"
local features = require "lib.features"
local format = require "lib.format"

local asking = {}

local function part_condition(column, part, numbers, names)
  local values = {}
  for i, number in ipairs(numbers) do values[i] = names[number] end
  if #values == 1 then return { column = column, part = part, op = "=", value = values[1] } end
  return { column = column, part = part, op = "in", value = values }
end

local function add_period(list, data, period)
  local column = data.date.name
  if period.from then list[#list + 1] = { column = column, op = ">=", value = period.from } end
  if period.to then list[#list + 1] = { column = column, op = "<", value = period.to } end
  if period.months then
    list[#list + 1] = part_condition(column, "month", period.months, dates.months)
  end
  if period.weekdays then
    list[#list + 1] = part_condition(column, "weekday", period.weekdays, dates.weekdays)
  end
end

-- The `where` of a tool call for these conditions and periods; nil when there are none.
function asking.where(data, conditions, ...)
  local list = {}
  for _, period in ipairs { ... } do add_period(list, data, period) end
  for _, condition in ipairs(conditions or {}) do
    list[#list + 1] = { column = condition.column.name, op = condition.op, value = condition.value }
  end
  return #list > 0 and list or nil
end

local function end_of_data(data)
  local last = dates.normal(data.date.max)
  if data.grain == "month" then return dates.add_months(last, 1) end
  if data.grain == "year" then return dates.add_months(last, 12) end
  return dates.next_day(last)
end

-- Whether the data begin with a year and end with one, so that every month counts as often.
function asking.whole_years(data)
  local first = dates.normal(data.date.min)
  return first ~= nil and first:sub(6) == "01-01" and end_of_data(data):sub(6) == "01-01"
end

-- Refuses a period that the data do not reach; a note when they reach only a part of it.
function asking.check_period(data, period)
  if not data.date then
    features.refuse(data.file .. " has no column of dates, so periods mean nothing in it")
  end
  local first, stop = dates.normal(data.date.min), end_of_data(data)
  if not first then features.refuse("the dates of " .. data.file .. " cannot be read") end
  local from, to = period.from or first, period.to or stop
  if from >= stop or to <= first then
    features.refuse(("%s has no rows %s: it covers %s to %s")
      :format(data.file, asking.when(period), data.date.min, data.date.max))
  end
  local order = { day = 1, month = 2, quarter = 3, year = 4 }
  if (order[period.unit] or 9) < (order[data.grain] or 0)
    or (period.weekdays and data.grain ~= "day"
    and data.grain ~= "event") then
    features.refuse(("%s has one row a %s, so it says nothing of %s")
      :format(data.file, data.grain, period.label))
  end
  local slack = data.grain == "event" and 7 or 0
  local early = period.from and dates.number(first) - dates.number(period.from) > slack
  local late = period.to and dates.number(period.to) - dates.number(stop) > slack
  if early or late then
    return ("the data cover only %s to %s"):format(data.date.min, data.date.max)
  end
  return nil
end

-- "in 2015", "on 2015-03-01", "from 2012 to 2013", "since 2014".
function asking.when(period)
  if not period then return nil end
  if period.unit == "day" or period.unit == "weekday" then return "on " .. period.label end
  if period.unit == "range" then
    return period.a and "from " .. period.label or period.label
  end
  if period.weekdays then return "on " .. period.label end
  if period.months and not period.from then return "in " .. period.label .. " of every year" end
  return "in " .. period.label
end

-- " in 2015", or the whole span of the data.
function asking.span(data, scope)
  if scope then return " " .. asking.when(scope) end
  if not data.date then return "" end
  return (" from %s to %s"):format(data.date.min, data.date.max)
end

local signs = { [">"] = "above", ["<"] = "below", [">="] = "at least", ["<="] = "at most",
  ["="] = "=",
  ["!="] = "other than" }

local function condition_text(condition)
  local column, value = condition.column, condition.value
  if condition.op == "in" then
    return column.name .. " = " .. table.concat(value, " or ")
  end
  local shown = tostring(value)
  if type(value) == "number" then shown = value .. format.unit(column) end
  return ("%s %s %s"):format(column.name, signs[condition.op], shown)
end

-- " with weather = rain and wind above 6 m/s", or nothing.
function asking.conditions(list)
  local texts = {}
  for i, condition in ipairs(list or {}) do texts[i] = condition_text(condition) end
  return #texts > 0 and " with " .. format.list(texts) or ""
end

local names = { value = "value of", sum = "total", mean = "mean", median = "median", min = "lowest",
  max = "highest" }

function asking.rows_name(data)
  return (data.grain == "event" or data.grain == "row") and "row" or data.grain
end

-- "total precipitation", "mean temp_max with weather = rain", "number of days with weather = snow".
function asking.measure(data, query, column)
  column = column or query.column
  if query.fn == "count" then
    return "number of " .. asking.rows_name(data) .. "s" .. asking.conditions(query.where)
  end
  return names[query.fn] .. " " .. column.name .. asking.conditions(query.where)
end

-- The arguments of csv.aggregate for a query.
function asking.aggregate(data, query, changes)
  changes = changes or {}
  local column = changes.column or query.column
  local by = changes.by or query.by
  local fn = changes.fn or query.fn
  local args = { file = data.file, fn = fn }
  if column and fn ~= "count" then args.column = column.name end
  args.where = asking.where(data, changes.where or query.where, changes.period or query.scope)
  if by and not changes.whole then
    args.by = by.column and by.column.name or data.date.name
    args.part = by.part
    args.order, args.limit = changes.order, changes.limit
  end
  return args
end

return asking
