local given = require "lib.given"
local settings = require "lib.settings"

local databases = table.concat(settings.read, ", ")
local file = { type = #settings.read > 1 and "string" or "string?",
  doc = "The database: " .. databases }

local function path_of(input) return given(input.file) or settings.read[1] end

-- Names as SQL writes them, whatever they hold.
local function quoted(name) return '"' .. name:gsub('"', '""') .. '"' end

local tables = tool {
  name = "sqlite.tables",
  description = "The tables and views of a SQLite database with their columns and types, and how "
    .. "many rows each has. Call it before sqlite.query.",
  input = { file = file },
  effect = "read",
  permissions = { sqlite = settings.read },
  run = function(input)
    local path = path_of(input)
    local listed = sqlite.query(path,
      "SELECT name, type FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE "
      .. "'sqlite\\_%' ESCAPE '\\' ORDER BY name LIMIT 40")
    local out = json.array {}
    for i, row in ipairs(listed.rows) do
      local columns = json.array {}
      local facts = sqlite.query(path, "SELECT name, type FROM pragma_table_info(?)", { row[1] })
      for j, column in ipairs(facts.rows) do
        columns[j] = { name = column[1], type = column[2] ~= "" and column[2] or nil }
      end
      out[i] = { name = row[1], kind = row[2], columns = columns }
      if row[2] == "table" then
        local counted, answer = pcall(sqlite.query, path, "SELECT count(*) FROM " .. quoted(row[1]))
        if counted then out[i].rows = answer.rows[1][1] end
      end
    end
    return { file = path, tables = out }
  end,
}

local query = tool {
  name = "sqlite.query",
  description = "Runs one SQL statement that reads a SQLite database (SELECT, WITH, VALUES). "
    .. "Nothing can be changed. Rows are lists in the order of `columns`. When `more` is true "
    .. "there are further rows: use LIMIT and OFFSET, or let SQL count and sum.",
  input = {
    sql = { type = "string", doc = "With ? or ?1 where a value of params goes" },
    params = { type = "array?", doc = "Values for the question marks: texts, numbers, true, "
      .. "false or null" },
    file = file,
    limit = { type = "integer", min = 1, max = 1000, default = 100,
      doc = "How many rows to return at most" },
  },
  effect = "read",
  permissions = { sqlite = settings.read },
  run = function(input)
    return sqlite.query(path_of(input), input.sql, given(input.params), { rows = input.limit })
  end,
}

return { tables, query }
