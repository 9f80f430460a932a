-- Questions about one figure, one row, a list or a breakdown.
local features = require "lib.features"
local frames = require "lib.frames"
local measure = require "lib.measure"

local more = {}

local said = { maximum = "max", max = "max", minimum = "min", min = "min" }

-- "the maximum temperature in 2014": the words name temp_max, and ask for the highest of it.
local function extreme_in_name(F)
  for _, ann in ipairs(measure.number_columns(F)) do
    for i = ann.from, ann.to do
      if ann.to > ann.from and said[F.tokens[i].w] then return said[F.tokens[i].w] end
    end
  end
  return nil
end

local function one_row_scope(F, scope)
  return scope and scope.unit == F.schema.grain
end

-- "the mean monthly rainfall": the mean of the monthly figures.
local function adjective_unit(F, query)
  local ann = F:take("unit", function(unit) return unit.adjective end)
  if not ann then return end
  measure.check_unit(F, ann.unit)
  if ann.unit == F.schema.grain or query.scope and query.scope.unit == ann.unit then return end
  query.by, query.unit = { part = frames.part_of(ann.unit) }, ann.unit
end

local function mean_of_groups(F, query)
  if not query.column.adds_up then
    features.refuse(("say whether the mean of all rows or of the %sly means of %s is meant")
      :format(query.unit, query.column.name))
  end
  query.kind, query.fn = "mean_of_groups", "sum"
  return query
end

-- A text column asked for at a date: "What was the weather on 2014-03-01?"
local function text_at(F)
  local text = measure.text_columns(F)[1]
  if not text then return nil end
  local column = F:pick(F:claim(text), nil, "text")
  local query = { kind = "list", columns = { column }, where = measure.conditions(F) }
  frames.scope_of(F, query)
  if not one_row_scope(F, query.scope) then
    features.refuse(("%s holds texts: ask for the most common, or for a date"):format(column.name))
  end
  return query
end

local function broken_down(F)
  if F:mark("per") then return true end
  for i, ann in ipairs(F.anns) do
    local after = F.anns[i + 1]
    if ann.kind == "idle" and ann.word == "by" and after and not F.claimed[after]
      and (after.kind == "unit" or after.kind == "col" or after.kind == "mark") then
      return true
    end
  end
  return false
end

function more.is_breakdown(F) return broken_down(F) and not F:first("sup") end

local function is_per(F)
  local mark = F:mark("per")
  return mark and F:shown(mark) == "per"
end

-- "mean wind by month in 2014", "rainfall for each year", "average rainfall per month".
function more.breakdown(F)
  local query = { kind = "breakdown" }
  local per = is_per(F)
  F:take_mark("per")
  frames.scope_of(F, query)
  F:take_mark("list")
  F:take_mark("how_much")
  local counted = F:take_mark("how_many")
  if counted then measure.take_rows_word(F) end
  if counted and #F:all("unit") > 1 then
    local unit = F:take("unit")
    if not measure.is_row(F, unit.unit) then features.refuse("I count rows only") end
  end
  query.by, query.unit = frames.grouping(F)
  local fn = measure.fn(F)
  query.column = not (counted and #F.cats > 0) and measure.column(F, nil) or nil
  query.where = measure.conditions(F)
  if not query.column then
    if not counted and not (fn == nil and #query.where > 0) then measure.missing(F) end
    query.fn = "count"
  else
    query.fn = fn or measure.usual(query.column)
  end
  if not query.by then
    if query.unit and per and query.column then
      query.kind, query.unit = "value", nil
      return query
    end
    features.refuse("it does not say by what to break it down")
  end
  if per and query.fn == "mean" and query.column.adds_up and query.by.part then
    return mean_of_groups(F, query)
  end
  return query
end

-- "What was the mean wind in 2013?", "How much rain fell in March 2014?"
function more.value(F)
  F:take_mark("how_much")
  if #measure.number_columns(F) == 0 and not F:first("fn") then
    local query = text_at(F)
    if query then return query end
  end
  local dir = extreme_in_name(F)
  local query = { kind = "value", fn = measure.fn(F) }
  frames.scope_of(F, query)
  adjective_unit(F, query)
  query.column = measure.column(F, nil)
  if not query.column then measure.missing(F) end
  query.where = measure.conditions(F)
  if dir and not query.fn and not query.by and not one_row_scope(F, query.scope) then
    query.kind, query.dir, query.unit = "rows", dir, F.schema.grain
    return query
  end
  if query.by then
    if query.fn == "mean" then return mean_of_groups(F, query) end
    query.kind = "breakdown"
  end
  if not query.fn then
    query.fn, query.assumed = measure.usual(query.column), true
  end
  return query
end

-- "Which days of January 2012 had snow?", "list the days with wind above 8".
function more.list(F)
  local query = { kind = "list" }
  F:take_mark("list")
  F:take_mark("when")
  F:take_mark("which_day")
  local unit = F:take("unit", function(ann) return not ann.adjective end)
  frames.scope_of(F, query)
  if unit and not measure.is_row(F, unit.unit) then
    measure.check_unit(F, unit.unit)
    query.show = true
    return frames.count_groups(F, query, unit.unit)
  end
  measure.values_for_count(F)
  query.where = measure.conditions(F)
  query.columns = {}
  for _, condition in ipairs(query.where) do
    query.columns[#query.columns + 1] = condition.column
  end
  if #query.where == 0 then features.refuse("it does not say which rows to list") end
  return query
end

-- "What was the first day with snow in 2013?"
function more.edge(F)
  local rank = F:take("rank")
  local query = more.list(F)
  if query.kind ~= "list" or rank.rank > 20 or not F.schema.date then
    features.refuse("I find the first rows that meet a condition, by their date")
  end
  query.kind, query.rank = "edge", rank.rank
  return query
end

-- "What kinds of weather are there?", "How many different products?"
function more.kinds(F)
  local query = { kind = "kinds", count = F:take_mark("how_many_kinds") ~= nil }
  F:take_mark("kinds")
  F:take_mark("list")
  local text = measure.text_columns(F)[1]
  if not text then features.refuse("it names no column of values") end
  query.column = F:pick(F:claim(text), nil, "text")
  if #F.scope > 0 or #F.where > 0 or #F.cats > 0 then
    features.refuse("I know the values of a column over the whole file only")
  end
  return query
end

return more
