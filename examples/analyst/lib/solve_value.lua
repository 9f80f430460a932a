-- Answers queries for one figure, a count, a share, a list or a breakdown from tool results.
local asking = require "lib.asking"
local features = require "lib.features"
local format = require "lib.format"
local solve = require "lib.solve"

local value = {}

local lines_max = 60

local function figure(result)
  if solve.is_number(result.value) then return result.value end
  if result.value == json.null then return nil end
  features.refuse("csv.aggregate gave no figure to read")
end
value.figure = figure

local function scope_subject(query)
  if not query.scope then return nil end
  return { label = query.scope.label, period = query.scope }
end

local function counted(data, query, number)
  local name = query.unit == "row" and "row" or asking.rows_name(data)
  if query.unit == "row" and data.grain ~= "event" and data.grain ~= "row" then
    name = data.grain
  end
  local verb = number == 1 and "was" or "were"
  return ("There %s %s%s%s."):format(verb, format.plural(number, name),
    asking.conditions(query.where),
    asking.span(data, query.scope))
end

-- One figure over the rows that meet the conditions.
function value.single(work, data, query)
  local result = work:need("csv.aggregate", asking.aggregate(data, query, { whole = true }))
  if not result then return nil end
  local number = figure(result)
  if query.fn == "count" then
    return { text = counted(data, query, number or 0), subject = scope_subject(query) }
  end
  if not number then
    features.refuse(("no row%s has a value of %s%s"):format(asking.conditions(query.where),
      query.column.name, asking.span(data, query.scope)))
  end
  local shown = format.amount(number, query.fn, query.column)
  if result.rows == 1 and (query.assumed or query.fn ~= "count") then
    shown = format.amount(number, "max", query.column)
    local text = ("%s%s%s was %s."):format(query.column.name, asking.conditions(query.where),
      asking.span(data, query.scope), shown)
    return { text = text, subject = scope_subject(query) }
  end
  local text = ("The %s%s was %s (over %s)."):format(asking.measure(data, query),
    asking.span(data, query.scope), shown, format.plural(result.rows or 0, "row"))
  if query.fn == "sum" and not query.column.adds_up then
    text = text .. (" %s looks like a level, not an amount, so a sum of it may say little.")
      :format(query.column.name)
  end
  return { text = text, subject = scope_subject(query) }
end

-- "What share of the days were rainy?"
function value.share(work, data, query)
  local part = work:need("csv.aggregate", asking.aggregate(data, query))
  local whole = work:need("csv.aggregate", asking.aggregate(data, query, { where = {} }))
  if not part or not whole then return nil end
  local a, b = figure(part) or 0, figure(whole) or 0
  if b == 0 then features.refuse("there are no rows" .. asking.span(data, query.scope)) end
  local name = asking.rows_name(data)
  return { text = ("%s of %s%s had%s: %s %%."):format(format.number(a, 0), format.plural(b, name),
    asking.span(data, query.scope), asking.conditions(query.where):gsub("^ with", ""),
    format.number(100 * a / b, 1)), subject = scope_subject(query) }
end

local tests = {
  [">"] = function(a, b) return a > b end,
  [">="] = function(a, b) return a >= b end,
  ["<"] = function(a, b) return a < b end,
  ["<="] = function(a, b) return a <= b end,
  ["="] = function(a, b) return a == b end,
}
local signs = { [">"] = "above", [">="] = "at least", ["<"] = "below", ["<="] = "at most",
  ["="] = "of" }

local function all_groups(work, data, query)
  local result = work:need("csv.aggregate", asking.aggregate(data, query, { limit = 400 }))
  if not result then return nil end
  local groups = solve.groups(result)
  if solve.is_number(result.groups_total) and result.groups_total > #groups then
    features.refuse("there are too many groups to go through; narrow the period")
  end
  if query.fn ~= "count" or #query.where == 0 or query.kind == "count_groups" then return groups end
  local all = work:need("csv.aggregate", asking.aggregate(data, query, { where = {}, limit = 400 }))
  return all and solve.with_zeros(groups, solve.groups(all))
end

-- "How many months had more than 200 mm of rain?"
function value.count_groups(work, data, query)
  local groups = all_groups(work, data, query)
  if not groups then return nil end
  local found = {}
  for _, group in ipairs(groups) do
    if not query.having or tests[query.having.op](group.value, query.having.value) then
      found[#found + 1] = solve.label(query, group.key)
    end
  end
  local what
  if query.having then
    what = (" with a %s %s %s"):format(asking.measure(data, query), signs[query.having.op],
      query.having.value .. format.unit(query.column))
  else
    what = #query.where > 0 and (" with at least one %s%s"):format(asking.rows_name(data),
      asking.conditions(query.where)) or ""
  end
  local text = ("There %s %s%s%s"):format(#found == 1 and "was" or "were",
    format.plural(#found, query.unit), what, asking.span(data, query.scope))
  if #found > 0 and (#found <= 12 or query.show) and #found <= lines_max then
    text = text .. ": " .. format.list(found)
  end
  return { text = text .. "." }
end

-- "The average monthly rainfall": the mean of the groups' totals.
function value.mean_of_groups(work, data, query)
  local groups = all_groups(work, data, query)
  if not groups then return nil end
  if #groups == 0 then features.refuse("there are no rows" .. asking.span(data, query.scope)) end
  local total = 0
  for _, group in ipairs(groups) do total = total + group.value end
  return { text = ("The %s of a %s%s was %s on average (%s)."):format(asking.measure(data, query),
    query.unit,
    asking.span(data, query.scope), format.amount(total / #groups, "mean", query.column),
    format.plural(#groups, query.unit)), subject = scope_subject(query) }
end

-- "Mean wind by month in 2014".
function value.breakdown(work, data, query)
  local groups = all_groups(work, data, query)
  if not groups then return nil end
  if #groups == 0 then features.refuse("there are no rows" .. asking.span(data, query.scope)) end
  if #groups > lines_max then
    features.refuse(("that would be %d lines; narrow the period"):format(#groups))
  end
  local by = query.by.column and query.by.column.name or query.unit
  local lines = { format.sentence(asking.measure(data, query) .. " by " .. by
    .. asking.span(data, query.scope)):gsub("%.$", ":") .. "" }
  for _, group in ipairs(groups) do
    lines[#lines + 1] = ("- %s: %s"):format(solve.label(query, group.key),
      query.fn == "count" and format.number(group.value, 0)
      or format.amount(group.value, query.fn, query.column))
  end
  return { text = table.concat(lines, "\n") }
end

local function list_columns(data, query)
  local names, seen = {}, {}
  local function add(column)
    if column and not seen[column.name] then
      seen[column.name] = true
      names[#names + 1] = column.name
    end
  end
  add(data.date)
  if data.grain == "event" or data.grain == "row" then
    for i = 1, math.min(#data.columns, 8) do add(data.columns[i]) end
  end
  for _, column in ipairs(query.columns) do add(column) end
  return names
end

local function rows_of(work, data, query, limit)
  local names = list_columns(data, query)
  local result = work:need("csv.filter", { file = data.file, columns = names, limit = limit,
    where = asking.where(data, query.where, query.scope),
    order_by = data.date and data.date.name or nil })
  if not result then return nil end
  return solve.rows(data, result, nil), names, result.matched
end

local function row_text(data, row, names)
  if data.grain == "event" or data.grain == "row" then return solve.row_label(data, row, names) end
  local cells = {}
  for i = 2, #names do
    if row.cells[i] ~= json.null then
      cells[#cells + 1] = names[i] .. " " .. tostring(row.cells[i])
    end
  end
  return solve.row_label(data, row, names) .. ": " .. table.concat(cells, ", ")
end

-- "Which days of January 2012 had snow?"
function value.list(work, data, query)
  local rows, names, matched = rows_of(work, data, query, 30)
  if not rows then return nil end
  local name = asking.rows_name(data)
  local head = asking.conditions(query.where) .. asking.span(data, query.scope)
  if #rows == 0 then return { text = ("There is no %s%s."):format(name, head) } end
  if not solve.is_number(matched) then matched = #rows end
  local lines = { ("%s%s%s:"):format(format.plural(matched, name), head,
    matched > #rows and (", the first " .. #rows) or "") }
  for _, row in ipairs(rows) do lines[#lines + 1] = "- " .. row_text(data, row, names) end
  return { text = table.concat(lines, "\n") }
end

-- "The first day with snow in 2013".
function value.edge(work, data, query)
  local rows, names = rows_of(work, data, query, query.rank)
  if not rows then return nil end
  local name, row = asking.rows_name(data), rows[query.rank]
  local head = asking.conditions(query.where) .. asking.span(data, query.scope)
  if not row then return { text = ("There %s only %s%s."):format(#rows == 1 and "is" or "are",
    format.plural(#rows, name), head) } end
  local period = solve.row_period(data, row)
  return { text = ("The %s %s%s was %s."):format(format.ordinal(query.rank), name, head,
    row_text(data, row, names)), subject = period and { label = period.label, period = period } }
end

-- "What kinds of weather are there?" The description of the file says it.
function value.kinds(_, data, query)
  local column = query.column
  if query.count then
    return { text = ("%s has %s different values."):format(column.name,
      format.number(column.distinct or 0, 0)) }
  end
  if type(column.values) ~= "table" then
    features.refuse(("%s has %d different values, too many to list"):format(column.name,
      column.distinct or 0))
  end
  local items = {}
  for i, entry in ipairs(column.values) do
    items[i] = ("%s (%s)"):format(entry.value, format.plural(entry.rows or 0, "row"))
  end
  return { text = ("%s in %s takes %s: %s."):format(column.name, data.file,
    format.plural(#items, "value"), format.list(items)) }
end

return value
