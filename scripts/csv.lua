local document = require "lib.document"
local given = require "lib.given"
local pages = require "lib.pages"
local rows = require "lib.rows"
local settings = require "lib.settings"

local function object(properties, required)
  return schema {
    type = "object",
    properties = document.add_to(properties, settings, "The CSV itself; its first row names the columns"),
    required = required,
    additionalProperties = false,
  }
end

local separator = { type = "string", minLength = 1, maxLength = 1,
  description = "What is between two fields; a comma when left out" }

-- The rows as records, and a reader that refuses columns that are not there.
local function load(input)
  local data = text.parse_csv(document.take(input, settings),
    { types = "auto", separator = given(input.separator) })
  local places = {}
  for i, column in ipairs(data.columns) do places[column] = i end
  local function value_of(row, column)
    local at = places[column]
    if not at then
      error("there is no column '" .. column .. "'; there are: "
        .. text.shorten(table.concat(data.columns, ", "), 500), 0)
    end
    return row[at]
  end
  return data, value_of
end

local query = tool {
  name = "csv.query",
  description = "Rows of a CSV table that meet conditions, in order of a column if wished. Rows are "
    .. "lists in the order of `columns`; `matched` counts all that meet the conditions. Use "
    .. "csv.aggregate for figures instead of reading rows.",
  input = object({
    separator = separator,
    where = rows.where_schema,
    columns = { type = "array", items = { type = "string" }, maxItems = 100,
      description = "The columns to return; all when left out" },
    order_by = { type = "string", description = "A column to sort by" },
    descending = { type = "boolean" },
    limit = { type = "integer", minimum = 1, maximum = 500, default = 50 },
    offset = { type = "integer", minimum = 0, default = 0,
      description = "next_offset of the rows before" },
  }),
  effect = "read",
  permissions = document.permissions(settings),
  run = function(input)
    local data, value_of = load(input)
    local kept = rows.select(data.rows, given(input.where), value_of)
    local order = given(input.order_by)
    if order then kept = rows.sort(kept, order, given(input.descending), value_of) end
    local columns = given(input.columns) or data.columns
    local cells = {}
    for i = 1, #kept do
      if i > input.offset and i <= input.offset + input.limit then
        local shown = json.array {}
        for j, column in ipairs(columns) do
          local value = value_of(kept[i], column)
          shown[j] = value == nil and json.null or value
        end
        cells[i] = shown
      else
        cells[i] = false
      end
    end
    local result = { columns = columns, matched = #kept, total = #data.rows }
    return pages.of_list(result, "rows", cells, input.offset, input.limit)
  end,
}

local aggregate = tool {
  name = "csv.aggregate",
  description = "Figures over a CSV table: count, sum, mean, median, min, max, distinct, over all "
    .. "rows or by groups. Empty cells are left out of every figure.",
  input = object({
    separator = separator,
    where = rows.where_schema,
    by = { type = "array", items = { type = "string" }, maxItems = 3,
      description = "Columns to group by" },
    measures = rows.measures_schema,
    order_by = { type = "string",
      description = "A column of the result to sort by, such as \"sum of price\"" },
    descending = { type = "boolean" },
    limit = { type = "integer", minimum = 1, maximum = 500, default = 100 },
    offset = { type = "integer", minimum = 0, default = 0 },
  }, { "measures" }),
  effect = "read",
  permissions = document.permissions(settings),
  run = function(input)
    local data, value_of = load(input)
    local kept = rows.select(data.rows, given(input.where), value_of)
    local columns, figures =
      rows.aggregate(kept, given(input.by) or {}, input.measures, value_of)
    local order = given(input.order_by)
    if order then
      local places = {}
      for i, column in ipairs(columns) do places[column] = i end
      if not places[order] then
        error("the result has no column '" .. order .. "'; it has: "
          .. table.concat(columns, ", "), 0)
      end
      figures = rows.sort(figures, order, given(input.descending),
        function(row, column) return row[places[column]] end)
    end
    local result = { columns = columns, groups = #figures, matched = #kept }
    return pages.of_list(result, "rows", figures, input.offset, input.limit)
  end,
}

return { query, aggregate }
