-- Answers queries about extremes and groups from tool results. Each function gives {text, subject}
-- or
-- nil while results are missing.
local asking = require "lib.asking"
local features = require "lib.features"
local format = require "lib.format"
local periods = require "lib.periods"

local solve = {}

local groups_max = 400

function solve.is_number(value) return type(value) == "number" end

-- The groups of a csv.aggregate result; refuses one that is not what the tool gives.
function solve.groups(result)
  if type(result.groups) ~= "table" then features.refuse("csv.aggregate gave no groups to read") end
  for _, group in ipairs(result.groups) do
    if type(group) ~= "table" or group.key == nil or not solve.is_number(group.value) then
      features.refuse("csv.aggregate gave groups that cannot be read")
    end
  end
  return result.groups
end

function solve.label(query, key)
  local point = query.by.part and periods.of_key(query.by.part, key)
  return point and point.label or tostring(key)
end

-- Adds the groups in which nothing was counted: with conditions, those are missing from the result.
function solve.with_zeros(groups, all)
  local counted, list = {}, {}
  for _, group in ipairs(groups) do counted[group.key] = group end
  for i, group in ipairs(all) do
    list[i] = counted[group.key] or { key = group.key, value = 0, rows = 0 }
  end
  return list
end

local function ordered(groups, dir)
  local list, place = table.move(groups, 1, #groups, 1, {}), {}
  for i, group in ipairs(list) do place[group] = i end
  table.sort(list, function(a, b)
    if a.value == b.value then return place[a] < place[b] end
    if dir == "max" then return a.value > b.value end
    return a.value < b.value
  end)
  return list
end
solve.ordered = ordered

local function needs_zeros(query)
  return query.fn == "count" and #query.where > 0
end

-- The groups of a query, in the order asked for, those counted zero included.
function solve.ranked(work, data, query, limit)
  local order = query.dir == "max" and "descending" or "ascending"
  if needs_zeros(query) then limit = groups_max end
  local args = asking.aggregate(data, query, { order = order, limit = limit })
  local result = work:need("csv.aggregate", args)
  if not needs_zeros(query) then return result and ordered(solve.groups(result), query.dir) end
  local all = work:need("csv.aggregate", asking.aggregate(data, query,
    { where = {}, limit = limit }))
  if not result or not all then return nil end
  return ordered(solve.with_zeros(solve.groups(result), solve.groups(all)), query.dir)
end

local function ties(list)
  local names, first = {}, list[1].value
  for _, group in ipairs(list) do
    if group.value ~= first then break end
    names[#names + 1] = group
  end
  return names
end

local function usual_rows(list)
  local counts = {}
  for i, group in ipairs(list) do counts[i] = group.rows or 0 end
  table.sort(counts)
  return counts[#counts // 2 + 1] or 0
end

local side = { max = "highest", min = "lowest" }

local function amount(query, value, decimals)
  if query.fn == "count" then return format.number(value, 0) end
  return format.amount(value, query.fn, query.column, decimals)
end

-- Enough decimals that a winner and the next do not look equal.
local function decimals_of(query, list)
  if query.fn == "count" then return 0 end
  if #list < 2 then return nil end
  return format.pair_decimals(list[1].value, list[2].value, query.fn, query.column)
end

-- Groups of one row each have nothing to add up or to average: the figures are the data's own.
local function of_single_rows(query, list)
  for _, group in ipairs(list) do
    if group.rows ~= 1 or query.fn == "count" then return query end
  end
  local other = {}
  for key, value in pairs(query) do other[key] = value end
  other.fn = "value"
  return other
end

local function group_list(data, query, list)
  query = of_single_rows(query, list)
  local n = math.min(query.n, #list)
  local lines = { ("The %d %s%s by %s%s:"):format(n, side[query.dir] .. " " .. asking.measure(data,
    query),
    query.fn == "count" and "" or " figures", query.unit, asking.span(data, query.scope)) }
  if query.by.column then lines[1] = lines[1]:gsub("by value", "by " .. query.by.column.name) end
  for i = 1, n do
    lines[#lines + 1] = ("%d. %s: %s"):format(i, solve.label(query, list[i].key),
      amount(query, list[i].value))
  end
  if list[n + 1] and list[n + 1].value == list[n].value then
    lines[#lines + 1] = "The next one has the same figure as the last of these."
  end
  return { text = table.concat(lines, "\n") }
end

local function by_name(query)
  return query.by.column and query.by.column.name or query.unit
end

local function winner_text(data, query, list)
  query = of_single_rows(query, list)
  local names, labels = ties(list), {}
  for i, group in ipairs(names) do labels[i] = solve.label(query, group.key) end
  local decimals = decimals_of(query, list)
  local text = ("%s %s the %s %s by %s%s: %s"):format(format.list(labels), #labels > 1 and "share"
    or "had",
    side[query.dir], asking.measure(data, query), by_name(query), asking.span(data, query.scope),
    amount(query, list[1].value, decimals))
  local next_one = list[#names + 1]
  if next_one then
    text = ("%s (next: %s, %s)"):format(text, solve.label(query, next_one.key),
      amount(query, next_one.value, decimals))
  end
  text = text .. "."
  local rows = names[1].rows
  if query.by.part and data.grain ~= "event" and solve.is_number(rows) and query.fn ~= "count"
    and rows < 0.9 * usual_rows(list) then
    text = ("%s Mind that %s has only %s."):format(text, labels[1], format.plural(rows, "row"))
  end
  return text, #labels == 1 and names[1].key or nil
end

local function subject_of(query, key)
  if key == nil then return { several = true } end
  if query.by.column then
    return { label = tostring(key), period = query.scope,
      where = { { column = query.by.column, op = "=", value = key } } }
  end
  local point = periods.of_key(query.by.part, key)
  if not point.from and query.scope then return { several = true } end
  return { label = point.label, period = point }
end

local function ranked_text(data, query, list)
  local group = list[query.rank]
  if not group then features.refuse(("there are only %d to rank"):format(#list)) end
  local label = solve.label(query, group.key)
  local text = ("%s had the %s-%s %s by %s%s: %s."):format(label, format.ordinal(query.rank),
    side[query.dir],
    asking.measure(data, query), by_name(query), asking.span(data, query.scope),
      amount(query, group.value))
  return { text = text, subject = subject_of(query, group.key) }
end

-- What the single highest value says where it points to another group than the mean does.
local function single_value(work, data, query, key)
  local other = { fn = query.dir, column = query.column, where = query.where, scope = query.scope,
    by = query.by, dir = query.dir }
  local list = solve.ranked(work, data, other, 6)
  if not list then return nil end
  if not list[1] or list[1].key == key then return "" end
  return (" The %s single value, %s, is in %s."):format(side[query.dir],
    amount(other, list[1].value), solve.label(other, list[1].key))
end

local function calendar(work, data, query)
  if query.fn ~= "mean" and not asking.whole_years(data) then return "" end
  local other = { fn = query.fn, column = query.column, where = query.where,
    by = { part = "month" },
    dir = query.dir, unit = "month" }
  local list = solve.ranked(work, data, other, 12)
  if not list then return nil end
  return list[1] and (" Taken by calendar month over all years it is %s (%s)."):format(list[1].key,
    amount(other, list[1].value)) or ""
end

-- "Which month of 2015 was the wettest?"
function solve.extreme_group(work, data, query)
  local list = solve.ranked(work, data, query, math.max(query.n or 0, query.rank or 0) + 12)
  local extra = ""
  local also = query.also_calendar and not query.n and not query.rank
  local month = also and calendar(work, data, query)
  local check = query.check_single and not query.n and not query.rank
  local single = check and single_value(work, data, query, list and list[1] and list[1].key)
  if not list or (also and not month) or (check and not single) then return nil end
  if #list == 0 then features.refuse("no row has a value there") end
  if query.n then return group_list(data, query, list) end
  if query.rank then return ranked_text(data, query, list) end
  local text, key = winner_text(data, query, list)
  extra = (single or "") .. (month or "")
  return { text = text .. extra, subject = subject_of(query, key) }
end

local function index_of(names, wanted)
  for i, name in ipairs(names) do
    if name == wanted then return i end
  end
  return nil
end

-- The rows of a csv.filter result as {date, value, cells}.
function solve.rows(data, result, column)
  if type(result.rows) ~= "table" or type(result.columns) ~= "table" then
    features.refuse("csv.filter gave no rows to read")
  end
  local date_at = data.date and index_of(result.columns, data.date.name)
  local value_at = column and index_of(result.columns, column.name)
  local list = {}
  for _, cells in ipairs(result.rows) do
    local value = value_at and cells[value_at]
    if not column or solve.is_number(value) then
      list[#list + 1] = { date = date_at and cells[date_at], value = value, cells = cells }
    end
  end
  return list
end

local function shown_columns(data, query)
  if data.grain ~= "event" and data.grain ~= "row" then
    return { data.date.name, query.column.name }
  end
  local names = {}
  for i, column in ipairs(data.columns) do
    if i <= 8 or column == query.column then names[#names + 1] = column.name end
  end
  return names
end

-- How a row is named: by its date, or by its cells where a date does not say which row it is.
function solve.row_label(data, row, names)
  if data.grain == "month" then return periods.of_key("year-month", row.date:sub(1, 7)).label end
  if data.grain == "year" then return row.date:sub(1, 4) end
  if data.grain == "day" then return row.date end
  local cells = {}
  for i, name in ipairs(names) do
    local cell = row.cells[i]
    if cell ~= json.null and cell ~= nil then
      cells[#cells + 1] = name .. " = " .. tostring(cell)
    end
  end
  return "the row " .. table.concat(cells, ", ")
end

function solve.row_period(data, row)
  if type(row.date) ~= "string" then return nil end
  if data.grain == "month" then return periods.of_key("year-month", row.date:sub(1, 7)) end
  if data.grain == "year" then return periods.year(tonumber(row.date:sub(1, 4))) end
  return data.grain == "day" and periods.day(row.date) or nil
end

local function top_rows(data, query, list, names)
  local n = math.min(query.n, #list)
  local lines = { ("The %d %s values of %s%s%s:"):format(n, side[query.dir], query.column.name,
    asking.conditions(query.where), asking.span(data, query.scope)) }
  for i = 1, n do
    lines[#lines + 1] = ("%d. %s: %s"):format(i, solve.row_label(data, list[i], names),
      format.amount(list[i].value, "max", query.column))
  end
  if list[n + 1] and list[n + 1].value == list[n].value then
    lines[#lines + 1] = "The next one has the same value as the last of these."
  end
  return { text = table.concat(lines, "\n") }
end

-- "The highest wind in 2013", "the three hottest days".
function solve.extreme_row(work, data, query)
  local names = shown_columns(data, query)
  local limit = math.max(query.n or 1, query.rank or 1) + 10
  local result = work:need("csv.filter", { file = data.file, columns = names,
    where = asking.where(data, query.where, query.scope), order_by = query.column.name,
    descending = query.dir == "max", limit = limit })
  if not result then return nil end
  local list = solve.rows(data, result, query.column)
  if #list == 0 then
    features.refuse("no row" .. asking.conditions(query.where) .. " has a value there")
  end
  if query.n then return top_rows(data, query, list, names) end
  local at = query.rank or 1
  if not list[at] then features.refuse(("there are only %d rows"):format(#list)) end
  local same = {}
  for _, row in ipairs(list) do
    if row.value == list[at].value then same[#same + 1] = row end
  end
  local places, most = {}, data.grain == "event" and 2 or 5
  for i = 1, math.min(#same, most) do places[i] = solve.row_label(data, same[i], names) end
  if #same > most then
    places[most + 1] = (#same == #list and "at least " or "") .. (#same - most) .. " more"
  end
  local side_name = query.rank and format.ordinal(query.rank) .. "-" .. side[query.dir]
    or side[query.dir]
  local preposition = data.grain == "day" and "on " or data.grain == "event" and "in " or "in "
  local text = ("The %s %s%s%s was %s, %s%s."):format(side_name, query.column.name,
    asking.conditions(query.where), asking.span(data, query.scope),
    format.amount(list[at].value, "max", query.column), preposition, format.list(places))
  local period = #same == 1 and solve.row_period(data, same[1]) or nil
  local subject = period and { label = period.label, period = period } or { several = true }
  return { text = text, subject = subject }
end

return solve
