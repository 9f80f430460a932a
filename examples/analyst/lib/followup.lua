-- "And in 2013?", "what about wind?": the query before, with what the new words change.
local features = require "lib.features"
local frames = require "lib.frames"
local measure = require "lib.measure"
local periods = require "lib.periods"

local followup = {}

local function copy(query)
  local other = {}
  for key, value in pairs(query) do other[key] = value end
  other.where = table.move(query.where or {}, 1, #(query.where or {}), 1, {})
  other.notes = {}
  return other
end

local plain = { value = true, rows = true, groups = true, share = true, count_groups = true,
  breakdown = true, mean_of_groups = true, list = true, edge = true, step = true, ends = true }

local function change_scope(F, query)
  if #F.scope == 0 then return false end
  local period = F.scope[1]
  if query.kind == "change" and (#F.scope == 2 or period.a) then
    query.a = period.a or F.scope[1]
    query.b = period.b or F.scope[2]
    return true
  end
  if not plain[query.kind] or #F.scope > 1 then
    features.refuse("I cannot tell which period before is to change: ask the whole question")
  end
  local before = query.scope
  if not period.from and not period.to and before and before.from and before.to then
    local year = before.from:sub(1, 4)
    local same_year = before.unit ~= "range" and before.unit ~= "part"
    if same_year and period.months and #period.months == 1 then
      period = periods.month(tonumber(year), period.months[1])
    end
  end
  query.scope, query.scope_it, query.also_calendar = period, nil, nil
  return true
end

local function change_direction(F, query)
  local sup = F:take("sup")
  if not sup then return false end
  if query.kind == "value" and query.column then
    if not sup.generic then
      features.refuse("say of what: which day, month, year …")
    end
    query.kind, query.fn, query.unit = "rows", nil, F.schema.grain
  elseif query.kind ~= "groups" and query.kind ~= "rows" then
    features.refuse("the question before had no highest or lowest: ask the whole question")
  end
  query.dir, query.n, query.rank = sup.dir, nil, nil
  local column = not sup.generic and F:of_concept(sup) or nil
  if sup.cat and not column then features.refuse("ask the whole question") end
  if column then
    if query.fn == "count" then features.refuse("ask the whole question") end
    query.new_column = column
  end
  return true
end

local function change_column(F, query)
  local list = measure.number_columns(F)
  if query.fn == "count" and not query.column then
    for _, ann in ipairs(list) do
      if not ann.cat then
        features.refuse("the question before counted rows: ask the whole question")
      end
    end
    measure.values_for_count(F)
    return false
  end
  local column = measure.column(F, nil) or query.new_column
  query.new_column = nil
  if not column then return false end
  if not query.column then features.refuse("ask the whole question") end
  if query.having then features.refuse("ask the whole question, with its bound") end
  if query.fn and query.fn == measure.usual(query.column) then query.fn = measure.usual(column) end
  query.column = column
  return true
end

local function replace(query, condition)
  for i, known in ipairs(query.where) do
    if known.column == condition.column then
      query.where[i] = condition
      return
    end
  end
  table.insert(query.where, condition)
end

local function change_conditions(F, query)
  local changed = false
  for _, condition in ipairs(measure.conditions(F)) do
    replace(query, condition)
    changed = true
  end
  local bound = F:first("cond")
  if not bound then return changed end
  if bound.high then features.refuse("ask the whole question, with both bounds") end
  if query.having then
    F:claim(bound)
    query.having = { op = bound.op, value = bound.value }
    return true
  end
  local numeric = {}
  for i, condition in ipairs(query.where) do
    if condition.column.type == "number" then numeric[#numeric + 1] = i end
  end
  if #numeric ~= 1 then features.refuse("I cannot tell what that bound is for") end
  F:claim(bound)
  local old = query.where[numeric[1]]
  query.where[numeric[1]] = { column = old.column, op = bound.op, value = bound.value }
  return true
end

local function change_grouping(F, query)
  if not F:first("unit") and not F:mark("weekday") and not F:mark("calendar") then return false end
  if query.kind == "value" and query.fn == "count" then
    local unit = F:first("unit")
    if measure.is_row(F, unit and unit.unit) then return F:claim(unit) ~= nil end
  end
  if query.kind ~= "groups" and query.kind ~= "rows" and query.kind ~= "breakdown" then
    features.refuse("ask the whole question")
  end
  local by, unit = frames.grouping(F)
  query.by, query.unit = by, unit
  query.kind = query.kind == "breakdown" and "breakdown" or by and "groups" or "rows"
  if query.kind == "groups" then query.fn = query.fn or measure.usual(query.column) end
  if query.kind == "rows" then query.fn = nil end
  query.also_calendar = nil
  return true
end

-- The changed query. Refuses when nothing changes or it is not clear what does.
function followup.merge(F, before)
  local query = copy(before)
  if query.fn == "count" then
    F:take_mark("how_many")
    F:take_mark("how_many_times")
  end
  F:take_mark("how_much")
  local fn = measure.fn(F)
  if fn and (query.fn == nil or query.fn == "count") then
    features.refuse("ask the whole question")
  end
  local changed = fn ~= nil
  query.fn = fn or query.fn
  changed = change_scope(F, query) or changed
  changed = change_direction(F, query) or changed
  changed = change_column(F, query) or changed
  changed = change_conditions(F, query) or changed
  changed = change_grouping(F, query) or changed
  if not changed then features.refuse("I do not see what changes against the question before") end
  query.follows = true
  for _, note in ipairs(F.notes) do table.insert(query.notes, note) end
  return query
end

return followup
