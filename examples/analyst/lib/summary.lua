-- Describes a table: what each column holds, and how its dates are spaced.
local csv = require "lib.csv"
local dates = require "lib.dates"

local summary = { distinct_max = 40 }

local function decimals_of(value)
  if math.type(value) == "integer" then return 0 end
  local digits = ("%.6f"):format(value):match("%.(%d-)0*$")
  return #digits
end

local function numbers(data, at, column)
  local low, high, decimals = nil, nil, 0
  for _, row in ipairs(data.rows) do
    local value = row[at]
    if value then
      if not low or value < low then low = value end
      if not high or value > high then high = value end
      if decimals < 3 and math.type(value) == "float" then
        decimals = math.max(decimals, decimals_of(value))
      end
    end
  end
  column.min, column.max, column.decimals = low, high, decimals
end

local function texts(data, at, column)
  local counts, values = {}, {}
  for _, row in ipairs(data.rows) do
    local value = row[at]
    if value then
      if not counts[value] then values[#values + 1] = value end
      counts[value] = (counts[value] or 0) + 1
    end
  end
  column.distinct = #values
  if #values > summary.distinct_max then return end
  table.sort(values)
  column.values = json.array {}
  for i, value in ipairs(values) do
    column.values[i] = { value = value, rows = counts[value] }
  end
end

-- What one row stands for when every date occurs once: "day", "month" or "year"; else "event".
local function spacing(seen, count, rows)
  if count < rows then return "event" end
  local all_first, all_january = true, true
  for date in pairs(seen) do
    if date:sub(9, 10) ~= "01" then return "day" end
    if date:sub(6, 7) ~= "01" then all_january = false end
  end
  if all_first and all_january and count > 1 then return "year" end
  return "month"
end

local function days(data, at, column)
  local low, high, seen, count, rows = nil, nil, {}, 0, 0
  for _, row in ipairs(data.rows) do
    local value = row[at]
    if value then
      rows = rows + 1
      if not seen[value] then seen[value], count = true, count + 1 end
      if not low or value < low then low = value end
      if not high or value > high then high = value end
    end
  end
  column.min, column.max, column.distinct = low, high, count
  column.each_row_is = spacing(seen, count, rows)
end

-- What `data/NAME.about.json` says of the columns (units, meaning), where there is such a file.
local function about(file)
  local ok, content = pcall(fs.read, csv.folder .. "/" .. file:gsub("%.[Cc][Ss][Vv]$",
    ".about.json"))
  if not ok then return {} end
  local known = json.decode(content)
  return type(known) == "table" and known or {}
end

function summary.of(data)
  local notes = about(data.file)
  local columns = json.array {}
  for at, name in ipairs(data.columns) do
    local kind = csv.kind(data, at)
    local column, empty = { name = name, type = kind }, 0
    for _, row in ipairs(data.rows) do
      if row[at] == nil then empty = empty + 1 end
    end
    if empty > 0 then column.empty = empty end
    if kind == "number" then numbers(data, at, column) end
    if kind == "text" then texts(data, at, column) end
    if kind == "date" then days(data, at, column) end
    local first, last = data.rows[1], data.rows[#data.rows]
    if first and first[at] ~= nil then column.first = first[at] end
    if last and last[at] ~= nil then column.last = last[at] end
    local said = type(notes.columns) == "table" and notes.columns[name] or nil
    if type(said) == "table" then
      column.unit, column.means, column.adds_up = said.unit, said.means, said.adds_up
    end
    columns[at] = column
  end
  return { file = data.file, about = notes.about, rows = #data.rows, columns = columns }
end

return summary
