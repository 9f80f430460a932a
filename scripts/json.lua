local document = require "lib.document"
local given = require "lib.given"
local pages = require "lib.pages"
local path = require "lib.path"
local rows = require "lib.rows"
local settings = require "lib.settings"

local way = "Where the values are, for example items[*] or data.users[0].name; elements count "
  .. "from 0, [*] is every element"

local function object(properties, required)
  properties = document.add_to(properties, settings, "The JSON itself")
  properties.path = { type = "string", maxLength = 500, description = way }
  return schema {
    type = "object",
    properties = properties,
    required = required,
    additionalProperties = false,
  }
end

-- The values at the path. A list that it leads to is taken as its elements where rows are wanted.
local function load(input)
  local well, value = pcall(json.decode, document.take(input, settings))
  if not well then error("this is no JSON: " .. value, 0) end
  local found = path.all(value, path.parse(given(input.path) or ""))
  local wants_rows = given(input.where) or given(input.order_by) or input.measures
  if wants_rows and #found == 1 and path.is_list(found[1]) then return found[1] end
  return found
end

local query = tool {
  name = "json.query",
  description = "The values at a path of a JSON document; with conditions or an order, the objects "
    .. "of a list that meet them. Columns are paths within each object (user.name). `matched` "
    .. "counts all.",
  input = object {
    where = rows.where_schema,
    order_by = { type = "string", description = "A path within each object to sort by" },
    descending = { type = "boolean" },
    limit = { type = "integer", minimum = 1, maximum = 500, default = 50 },
    offset = { type = "integer", minimum = 0, default = 0,
      description = "next_offset of the values before" },
  },
  effect = "read",
  permissions = document.permissions(settings),
  run = function(input)
    local value_of = path.reader()
    local kept = rows.select(load(input), given(input.where), value_of)
    local order = given(input.order_by)
    if order then kept = rows.sort(kept, order, given(input.descending), value_of) end
    return pages.of_list({ matched = #kept }, "values", kept, input.offset, input.limit)
  end,
}

local aggregate = tool {
  name = "json.aggregate",
  description = "Figures over the objects of a JSON list: count, sum, mean, median, min, max, "
    .. "distinct, over all or by groups. Columns are paths within each object.",
  input = object({
    where = rows.where_schema,
    by = { type = "array", items = { type = "string" }, maxItems = 3,
      description = "Paths to group by" },
    measures = rows.measures_schema,
    limit = { type = "integer", minimum = 1, maximum = 500, default = 100 },
    offset = { type = "integer", minimum = 0, default = 0 },
  }, { "measures" }),
  effect = "read",
  permissions = document.permissions(settings),
  run = function(input)
    local value_of = path.reader()
    local kept = rows.select(load(input), given(input.where), value_of)
    local columns, figures =
      rows.aggregate(kept, given(input.by) or {}, input.measures, value_of)
    local result = { columns = columns, groups = #figures, matched = #kept }
    return pages.of_list(result, "rows", figures, input.offset, input.limit)
  end,
}

return { query, aggregate }
