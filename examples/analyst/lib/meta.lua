-- Questions about the files themselves: which there are, what they hold, what they cover.
local format = require "lib.format"
local schema = require "lib.schema"

local meta = {}

local function set(text)
  local found = {}
  for word in text:gmatch("%S+") do found[word] = true end
  return found
end

local kinds = {
  files = set "file files dataset datasets data tables",
  columns = set "column columns field fields variable variables attributes",
  cover = set "cover covers covered span spans",
  help = set "help ask",
}
local common = set [[
  which what are is there the do does you have has list show me of in can i a an on please all
  available your name names named period time dates date years file files dataset data set sets
  csv contain contains it its from to for how about tell to us my we table tables and describe
  hello hi
]]

-- "files", "columns", "cover" or "help" for such a clause, else nil.
function meta.kind(clause, files)
  local found
  for _, token in ipairs(clause) do
    local known = token.kind == "comma" or common[token.w]
    for _, file in ipairs(files) do
      known = known or schema.names_file(schema.words_of_file(file), token.w)
    end
    for _, kind in ipairs { "columns", "cover", "help", "files" } do
      if token.kind == "word" and kinds[kind][token.w] then
        known = true
        if not found or found == "files" then found = kind end
      end
    end
    if not known then return nil end
  end
  return found
end

function meta.files(files)
  if #files == 0 then return "There is no CSV file in the data folder." end
  return ("There %s %s: %s."):format(#files == 1 and "is" or "are",
    format.plural(#files, "CSV file"),
    format.list(files))
end

local function column_text(column)
  local range = ""
  if column.type == "number" and column.min then
    local decimals = math.min(column.decimals or 0, 4)
    range = (" (%s to %s%s)"):format(format.number(column.min, decimals),
      format.number(column.max, decimals), format.unit(column))
  elseif column.type == "date" then
    range = (" (%s to %s)"):format(column.min, column.max)
  elseif type(column.values) == "table" then
    local values = {}
    for i, entry in ipairs(column.values) do values[i] = entry.value end
    range = (" (%s)"):format(table.concat(values, ", "))
  end
  return ("- %s: %s%s"):format(column.name, column.type, range)
end

function meta.columns(data)
  local lines = { ("%s has %s and %s:"):format(data.file, format.plural(data.rows, "row"),
    format.plural(#data.columns, "column")) }
  for _, column in ipairs(data.columns) do lines[#lines + 1] = column_text(column) end
  return table.concat(lines, "\n")
end

function meta.cover(data)
  if not data.date then
    return ("%s has no dates; it has %s."):format(data.file, format.plural(data.rows, "row"))
  end
  return ("%s covers %s to %s (%s)."):format(data.file, data.date.min, data.date.max,
    format.plural(data.rows, "row"))
end

local function example_column(data)
  local found
  for _, column in ipairs(data.columns) do
    local last = column.parts[#column.parts]
    if column.type == "number" and last ~= "id" and last ~= "no" and last ~= "number" then
      if column.adds_up then return column end
      found = found or column
    end
  end
  return found
end

-- A question that can be asked of this file, for those who asked one that cannot.
function meta.example(data)
  local column = example_column(data)
  if not column then return ("How many rows does %s have?"):format(data.file) end
  local unit = data.grain == "day" and "month" or data.grain == "month" and "year" or nil
  if unit then return ("Which %s had the highest %s?"):format(unit, column.name) end
  return ("What was the %s %s?"):format(column.adds_up and "total" or "mean", column.name)
end

return meta
