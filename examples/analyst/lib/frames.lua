-- Questions about extremes and counts: turns the features of a clause into a query.
--
-- A query is {kind, fn, column, where, scope, by, dir, n, rank …}: plain data that a later
-- question may
-- change in part ("and in 2013?"). `by` is {part} of the dates or {column}; nil means single rows.
local features = require "lib.features"
local measure = require "lib.measure"

local frames = {}

local parts = { day = "day", month = "year-month", year = "year", quarter = "quarter",
  weekday = "weekday" }

function frames.part_of(unit) return parts[unit] end

-- "its", "that month": the period is what an earlier part of the conversation was about.
function frames.scope_of(F, query)
  query.scope = F:one_scope()
  if not query.scope and F:take_mark("it") then query.scope_it = true end
end

-- The grouping asked for: by a unit of time, a part of the calendar or a column of texts.
local function grouping(F)
  if F:take_mark("weekday") then
    measure.check_unit(F, "day")
    return { part = "weekday" }, "weekday"
  end
  if F:take_mark("calendar") then
    F:take("unit", function(ann) return ann.unit == "month" end)
    measure.check_unit(F, "month")
    return { part = "month" }, "month"
  end
  local text = measure.text_columns(F)[1]
  if text then
    F:claim(text)
    return { column = F:pick(text, nil, "text") }, "value"
  end
  local unit = F:take("unit", function(ann) return not ann.adjective end)
  if not unit then return nil, nil end
  measure.check_unit(F, unit.unit)
  if measure.is_row(F, unit.unit) then return nil, unit.unit end
  return { part = parts[unit.unit] }, unit.unit
end
frames.grouping = grouping

local function take_amount(F, query)
  local number = F:take("number")
  local rank = F:take("rank")
  F:take_mark("top")
  if number then
    if math.type(number.number) ~= "integer" or number.number < 1 or number.number > 50 then
      features.refuse("I list between 1 and 50 at the top")
    end
    query.n = number.number
  end
  if rank then query.rank = rank.rank end
end

-- Whether rows are to be counted: "most rainy days", "fewest days above 30 degrees", "sunniest".
local function counts_rows(F, sup)
  if sup.cat and #F.schema:of_concept(sup.concept or "") == 0 then
    F.cats[#F.cats + 1] = { column = sup.cat.column, value = sup.cat.value, ann = sup }
    sup.bound = true
    return true
  end
  if not sup.generic then return false end
  if measure.take_rows_word(F) then
    measure.values_for_count(F)
    return true
  end
  local counted = F:take("unit", function(ann) return not ann.adjective end)
  if counted then
    local unit = counted.unit
    if F.schema.grain ~= unit and unit ~= "row" then
      features.refuse(("a row of %s is no single %s, so I cannot count %ss")
        :format(F.schema.file, unit, unit))
    end
    F:take_mark("how_many")
    measure.values_for_count(F)
    return true
  end
  return #measure.number_columns(F) == 0 and (#F.cats > 0 or #F.where > 0)
end

local function single_rows(F, query, unit)
  query.kind = "rows"
  if query.fn then
    features.refuse(("it asks for the extreme of a %s but not of what: say by month, by year …")
      :format(query.fn))
  end
  query.unit = unit or F.schema.grain
  return query
end

-- "The warmest January" is one of the Januaries, not a day in one.
local function implied_grouping(F, query)
  local scope = query.scope
  if not scope or scope.from or not scope.months or query.fn then return nil, nil end
  if scope.unit ~= "month" then
    features.refuse("say which unit is meant: the day, the month, the year")
  end
  if F.schema.grain == "month" then return nil, nil end
  measure.check_unit(F, "month")
  return { part = "year-month" }, "month"
end

-- "Which month of 2015 was the wettest?", "the three hottest days", "the highest wind in 2013".
function frames.extreme(F)
  local sup = F:take("sup") or { kind = "sup", dir = "max", generic = true }
  local query = { kind = "groups", dir = sup.dir }
  take_amount(F, query)
  query.generic = sup.generic
  local when = F:take_mark("when") or F:take_mark("which_day")
  F:take_mark("tail")
  F:take_mark("list")
  frames.scope_of(F, query)
  local by, unit = grouping(F)
  if not unit and not when then by, unit = implied_grouping(F, query) end
  query.by, query.unit = by, unit
  F:take_mark("how_much")
  if (by or unit == nil) and counts_rows(F, sup) then
    if not by then features.refuse("it does not say of what: which day, month, year …") end
    query.fn, query.where = "count", measure.conditions(F)
    return query
  end
  query.fn = measure.fn(F)
  query.column = measure.column(F, sup)
  if not query.column then measure.missing(F) end
  query.where = measure.conditions(F)
  if not by then return single_rows(F, query, when and nil or unit) end
  if not query.fn then
    query.fn = measure.usual(query.column)
    query.check_single = sup.generic and query.fn == "mean"
  end
  query.also_calendar = by.part == "year-month" and not query.scope and not query.scope_it
  return query
end

-- "Which year saw the largest growth in X?": the largest step from one group to the next.
function frames.step(F)
  local change, sup = F:take("change"), F:take("sup")
  local query = { kind = "step", dir = change.dir }
  take_amount(F, query)
  if sup.dir == "min" then features.refuse("I find the largest changes, not the smallest") end
  frames.scope_of(F, query)
  local by, unit = grouping(F)
  local each = not unit and F:take("unit", function(ann) return parts[ann.unit] ~= nil end)
  if each then
    measure.check_unit(F, each.unit)
    by, unit = { part = parts[each.unit] }, each.unit
  end
  if by and by.column then
    features.refuse("changes are from one time to the next, not of values")
  end
  local row_unit = by and unit or F.schema.grain
  if not unit or not parts[row_unit] or row_unit == "day" then
    features.refuse("changes are found by month, quarter or year: say which")
  end
  query.by, query.unit = by or { part = parts[row_unit] }, row_unit
  query.fn, query.column = measure.fn(F), measure.column(F, nil)
  if not query.column then measure.missing(F) end
  query.fn = query.fn or measure.usual(query.column)
  query.where = measure.conditions(F)
  return query
end

-- "How many months had more than 200 mm of rain?": counts the groups that meet a bound.
function frames.count_groups(F, query, unit)
  query.kind, query.by, query.unit = "count_groups", { part = parts[unit] }, unit
  local fn = measure.fn(F)
  local column = measure.column(F, nil)
  local cond = F:take("cond")
  if cond and cond.high then features.refuse("say one bound, not two") end
  if cond and column then F:check_unit(column, cond.unit) end
  if not column and #F.where > 0 then
    cond, column = F.where[1], F.where[1].column
    if #F.where > 1 then features.refuse("it sets several bounds at once") end
    F.where = {}
  end
  if not column then
    if cond or fn then measure.missing(F) end
    query.fn, query.where = "count", measure.conditions(F)
    return query
  end
  if not fn and not column.adds_up then
    features.refuse(("say whether the mean, the highest or the lowest %s of a %s is meant")
      :format(column.name, unit))
  end
  if not cond then features.refuse("it sets no bound") end
  query.fn, query.column, query.where = fn or "sum", column, measure.conditions(F)
  query.having = { op = cond.op, value = cond.value }
  return query
end

local function identifies(ann) return measure.is_id(ann.columns[1]) end

-- "How many sales": the word is in the file's name, and a column is only a synonym of it.
local function stands_for_row(ann)
  return ann.row_word == true
end

-- Whether "how many" asks for the figure of a column ("how many units were sold?").
local function asks_for_figure(F)
  if F:first("unit", function(ann) return not ann.adjective end) then return false end
  if F:first("col", identifies) then return false end
  local columns = measure.number_columns(F)
  if columns[1] and F:names_rows(columns[1]) then
    columns[1].row_word = true
    F:note(("each row is taken as one of the \"%s\""):format(F:shown(columns[1])))
    return false
  end
  return #columns > 0 and not columns[1].cat
end

-- "How many days in 2014 had rain?", "how often did it snow?"; nil when it asks for a figure.
function frames.count(F, whether)
  local query = { kind = "value", fn = "count" }
  local times = F:take_mark("how_many_times") or whether
  F:take_mark("how_many")
  if not times and asks_for_figure(F) then return nil end
  local unit = not times and F:take("unit", function(ann) return not ann.adjective end)
  frames.scope_of(F, query)
  if unit and not measure.is_row(F, unit.unit) then
    measure.check_unit(F, unit.unit)
    if unit.unit == "weekday" then features.refuse("I do not count weekdays") end
    return frames.count_groups(F, query, unit.unit)
  end
  if not unit and not times then
    local thing = F:take("col", identifies) or F:take("col", stands_for_row)
    local known = thing or #F:all("file") > 0 or #measure.number_columns(F) > 0
    if not known or F.schema.grain ~= "event" and F.schema.grain ~= "row" then
      if not thing then
        features.refuse("it does not say what to count: days, rows, or the figures of which column")
      end
    end
  end
  measure.values_for_count(F)
  if F:first("cond") then measure.missing(F) end
  F:take("col", function(ann) return ann.word ~= nil and F:names_rows(ann) end)
  F:take("fn", function(ann) return ann.fn == "sum" end)
  query.unit = unit and unit.unit or "row"
  query.where = measure.conditions(F)
  return query
end

-- "What share of the days of 2014 were rainy?"
function frames.share(F)
  F:take_mark("share")
  F:take_mark("percent_change")
  local unit = F:take("unit", function(ann) return not ann.adjective end)
  if unit and not measure.is_row(F, unit.unit) then
    features.refuse("I give shares of rows only (" .. F.schema.grain .. "s here)")
  end
  local query = { kind = "share", fn = "count", unit = unit and unit.unit or "row" }
  measure.take_rows_word(F)
  frames.scope_of(F, query)
  measure.values_for_count(F)
  query.where = measure.conditions(F)
  if #query.where == 0 then features.refuse("it does not say which rows to take the share of") end
  return query
end

-- "What was the most common weather in 2013?"
function frames.common(F)
  local query = { kind = "groups", fn = "count", dir = F:take_mark("common") and "max" or "min" }
  if query.dir == "min" then F:take_mark("rare") end
  take_amount(F, query)
  frames.scope_of(F, query)
  F:take_mark("kinds")
  local text = measure.text_columns(F)[1]
  if not text then features.refuse("it names no column of values to count") end
  query.by, query.unit = { column = F:pick(F:claim(text), nil, "text") }, "value"
  query.where = measure.conditions(F)
  return query
end

return frames
