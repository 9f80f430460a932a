-- Reads one CSV file of the data folder, and knows its columns and their types.
local dates = require "lib.dates"
local nearest = require "lib.nearest"

local csv = { folder = "data", bytes_max = 1024 * 1024 }

local blanks = { [""] = true, ["na"] = true, ["n/a"] = true, ["nan"] = true, ["null"] = true,
  ["none"] = true, ["-"] = true }

-- Whether a cell holds nothing.
function csv.is_empty(value)
  if value == nil or value == json.null then return true end
  return type(value) == "string" and #value <= 4 and blanks[value:lower()] == true
end

-- The CSV files there are: {name, bytes}, by name.
function csv.files()
  local found = {}
  for _, entry in ipairs(fs.list(csv.folder)) do
    if entry.name:lower():match("%.csv$") and (entry.kind or "file") == "file" then
      found[#found + 1] = { name = entry.name, bytes = entry.size or 0 }
    end
  end
  table.sort(found, function(a, b) return a.name < b.name end)
  return found
end

local function find_file(name)
  if type(name) ~= "string" or name == "" then error("name the file to read", 0) end
  local short = name:gsub("^%./", ""):gsub("^" .. csv.folder .. "/", "")
  local names = {}
  for _, file in ipairs(csv.files()) do
    if file.name == short then return file end
    names[#names + 1] = file.name
  end
  error(nearest.unknown("file", short, names), 0)
end

-- Splits CSV text into records of fields (RFC 4180: quotes, doubled quotes, line breaks in quotes).
-- Stands in where the host has no parser of its own.
local function split(content)
  local records, record, at, size = {}, {}, 1, #content
  while at <= size do
    local field, stop
    if content:byte(at) == 34 then
      local from, close = at + 1, nil
      repeat
        close = content:find('"', at + 1, true)
        if not close then error("line " .. #records + 1 .. ": a quote is not closed", 0) end
        at = content:byte(close + 1) == 34 and close + 1 or close
      until at == close
      field, stop = content:sub(from, close - 1):gsub('""', '"'), close + 1
    else
      stop = content:find("[,\r\n]", at) or size + 1
      field = content:sub(at, stop - 1)
    end
    record[#record + 1] = field
    local mark = content:sub(stop, stop)
    at = stop + 1
    if mark == "," and at > size then record[#record + 1] = "" end
    if mark ~= "," or at > size then
      if mark == "\r" and content:sub(at, at) == "\n" then at = at + 1 end
      if #record > 1 or record[1] ~= "" then records[#records + 1] = record end
      record = {}
    end
  end
  return records
end

local function parse(content)
  if content:sub(1, 3) == "\239\187\191" then content = content:sub(4) end
  if text and text.parse_csv then
    return text.parse_csv(content, { header = true, types = "auto" })
  end
  local records = split(content)
  return { columns = table.remove(records, 1) or {}, rows = records }
end

-- Text that is not UTF-8 is taken as Latin-1, which old spreadsheets write.
local function read_text(path)
  local ok, content = pcall(fs.read, path)
  if ok then return content end
  if not tostring(content):find("UTF-8", 1, true) then error(content, 0) end
  return fs.read(path, { encoding = "latin1" })
end

-- The table of a file: {file, columns = {name…}, rows = {{cell…}…}}. Raises what a caller can
-- mend.
function csv.load(name)
  local file = find_file(name)
  if file.bytes > csv.bytes_max then
    error(("%s is too big: %d bytes, at most %d are read; split it or keep fewer rows")
      :format(file.name, file.bytes, csv.bytes_max), 0)
  end
  local ok, parsed = pcall(parse, read_text(csv.folder .. "/" .. file.name))
  if not ok then
    local reason = tostring(parsed):gsub("^[%w%._/-]+:%d+: ", ""):gsub("^parse_csv: ", "")
    error(file.name .. ": " .. reason, 0)
  end
  if #parsed.columns == 0 then error(file.name .. " is empty: no header line", 0) end
  local width = #parsed.columns
  for i, row in ipairs(parsed.rows) do
    if row[width + 1] ~= nil then
      error(("%s: record %d has more fields than the header's %d"):format(file.name, i, width), 0)
    end
  end
  return { file = file.name, columns = parsed.columns, rows = parsed.rows, kinds = {} }
end

-- The position of a column; raises with the names there are.
function csv.column(data, name)
  for i, known in ipairs(data.columns) do
    if known == name then return i end
  end
  error(nearest.unknown("column", tostring(name), data.columns), 0)
end

local function kind_of(data, at)
  local total, numbers, days, fraction = 0, 0, 0, 0
  for _, row in ipairs(data.rows) do
    local value = row[at]
    if not csv.is_empty(value) then
      total = total + 1
      if type(value) == "number" then
        numbers = numbers + 1
      elseif tonumber(value) and value:match("^[-+]?%d*%.?%d+$") then
        numbers = numbers + 1
      elseif days == total - 1 and dates.normal(value) then
        days = days + 1
      end
    end
  end
  if total == 0 then return "empty" end
  if days == total then return "date" end
  local called_year = data.columns[at]:lower() == "year"
  if numbers < total then return "text" end
  if called_year then
    for _, row in ipairs(data.rows) do
      local value = tonumber(row[at])
      if value and not dates.normal(math.tointeger(value)) then fraction = fraction + 1 end
    end
    if fraction == 0 then return "date" end
  end
  return "number"
end

-- "number", "date", "text" or "empty". Converts the column's cells to that type, once; an empty
-- cell becomes nil.
function csv.kind(data, at)
  if data.kinds[at] then return data.kinds[at] end
  local kind = kind_of(data, at)
  for _, row in ipairs(data.rows) do
    local value = row[at]
    if csv.is_empty(value) then
      row[at] = nil
    elseif kind == "number" then
      row[at] = type(value) == "number" and value or tonumber(value)
    elseif kind == "date" then
      row[at] = dates.normal(math.tointeger(tonumber(value)) or value)
    elseif type(value) ~= "string" then
      row[at] = tostring(value)
    end
  end
  data.kinds[at] = kind
  return kind
end

-- 12 significant digits: sums of decimals without the noise of binary fractions.
function csv.clean(number)
  if math.type(number) == "integer" then return number end
  local rounded = tonumber(("%.12g"):format(number))
  return math.tointeger(rounded) or rounded
end

return csv
