-- Questions that set two things side by side: comparisons and changes.
local features = require "lib.features"
local frames = require "lib.frames"
local measure = require "lib.measure"
local periods = require "lib.periods"

local pair = {}

-- "the year's": the year that the period in question lies in.
local function reference(F)
  if F:take_mark("its_year") then
    F:take("unit", function(ann) return ann.unit == "year" and ann.owner end)
    return { kind = "year_of" }
  end
  if F:take("unit", function(ann) return ann.unit == "year" and (ann.owner or ann.to) end) then
    return { kind = "year_of" }
  end
  if F:take_mark("everything") then return { kind = "everything" } end
  if F:mark("others") then
    features.refuse("I compare with a whole, not with a rest: ask for the year or the whole period")
  end
  return nil
end

local function by_values(F)
  local column = F.cats[1] and F.cats[1].column
  if #F.cats < 2 then return nil end
  for _, cat in ipairs(F.cats) do
    if cat.column ~= column then return nil end
  end
  local operands = {}
  for i, cat in ipairs(F.cats) do
    operands[i] = { kind = "where", label = cat.value,
      where = { { column = column, op = "=", value = cat.value } } }
  end
  F.cats = {}
  return operands
end

local function of_periods(list)
  local operands = {}
  for i, period in ipairs(list) do operands[i] = { kind = "period", period = period } end
  return operands
end

local function operands_of(F)
  local scope = F.scope
  if F:take_mark("it") then
    F:take("unit", function(ann) return ann.from > 0 and not ann.owner and not ann.adjective
      and F.anns[1] ~= ann and ann.unit ~= "year" end)
    local other = #scope == 1 and { kind = "period", period = scope[1] } or reference(F)
    if not other then features.refuse("it does not say what to compare with") end
    return { { kind = "it" }, other }
  end
  if #scope >= 2 then return of_periods(scope) end
  if #scope == 1 and scope[1].a then return of_periods { scope[1].a, scope[1].b } end
  local values = by_values(F)
  if values then return values, scope[1] end
  if #scope == 1 then
    local other = reference(F)
    if other then return { { kind = "period", period = scope[1] }, other } end
  end
  return nil, scope[1]
end

-- The two or more columns of "did more people work in construction or in manufacturing?"
local function by_columns(F)
  local list = measure.number_columns(F)
  if #list < 2 then return nil end
  local operands = {}
  for i, ann in ipairs(list) do
    F:claim(ann)
    local column = F:pick(ann, nil, "number")
    operands[i] = { kind = "column", column = column, label = column.name }
  end
  return operands
end

local asks = { was = true, is = true, were = true, are = true, did = true, does = true, has = true }

local function counted(F, cmp)
  if cmp and cmp.cat and #F.schema:of_concept(cmp.concept or "") == 0 then
    F.cats[#F.cats + 1] = { column = cmp.cat.column, value = cmp.cat.value, ann = cmp }
    return true
  end
  if cmp and cmp.often then
    measure.values_for_count(F)
    return true
  end
  local how_many = F:take_mark("how_many") or F:take_mark("how_many_times")
  local unit = F:take("unit", function(ann)
    return not ann.adjective and (ann.unit == F.schema.grain or ann.unit == "row")
      and (how_many ~= nil or cmp ~= nil)
  end)
  local columns = measure.number_columns(F)
  local figure = not unit and columns[1] ~= nil and not columns[1].cat
  if (how_many or unit) and not figure then
    measure.values_for_count(F)
    return true
  end
  return #measure.number_columns(F) == 0 and (#F.cats > 0 or #F.where > 0)
end

-- "Did it snow more often …": a comparative that counts.
local function how_often(F)
  if F:take_mark("more_often") then
    return { kind = "cmp", dir = "max", generic = true, often = true }
  end
  if F:take_mark("less_often") then
    return { kind = "cmp", dir = "min", generic = true, often = true }
  end
  return nil
end

local function units_differ(operands)
  local unit
  for _, operand in ipairs(operands) do
    local own = operand.period and operand.period.unit or operand.kind
    if unit and unit ~= own then return true end
    unit = own
  end
  return false
end

-- A sum over a month and one over a year do not compare; their means do.
local function settle_function(F, query, fn)
  query.fn = fn or measure.usual(query.column or query.operands[1].column)
  query.assumed = fn == nil
  local unlike = units_differ(query.operands) or query.operands[1].kind == "it"
  if unlike and query.fn == "sum" and not fn then
    query.fn = "mean"
    F:note("the periods differ in length, so I compare means, not sums")
  end
end

-- "Was 2014 wetter than 2013?", "compare the mean wind of 2012 and 2013", "how did its mean high
-- compare with the year's?"
function pair.compare(F)
  local query = { kind = "compare" }
  while F:take_mark("compare") do end
  F:take_mark("difference")
  F:take_mark("than")
  F:take_mark("tail")
  F:take_mark("how_much")
  local cmp = F:take("cmp") or F:take("sup") or how_often(F)
  query.operands, query.scope = operands_of(F)
  if not query.operands then
    F:take_mark("everything")
    query.operands = by_columns(F)
    if not query.operands then features.refuse("it does not say what to compare with what") end
  end
  local unit = cmp and F:first("unit", function(ann)
    return query.operands[1].period and ann.unit == query.operands[1].period.unit
  end)
  F:claim(unit)
  local first = F.tokens[1] and F.tokens[1].w
  query.dir, query.yes_no = cmp and cmp.dir, cmp ~= nil and asks[first] == true
    and not F:has_word("or")
  local columns = query.operands[1].kind == "column"
  local fn = measure.fn(F)
  if not columns and not fn and counted(F, cmp) then
    query.fn, query.where = "count", measure.conditions(F)
    return query
  end
  if columns and cmp and not cmp.generic then
    features.refuse("it compares columns by something else")
  end
  F:take("unit", function(ann) return ann.adjective and ann.unit == F.schema.grain end)
  if not columns then
    query.column = measure.column(F, cmp)
    if not query.column then measure.missing(F) end
  end
  if cmp and cmp.kind == "sup" and cmp.generic and not fn then fn = cmp.dir end
  settle_function(F, query, fn)
  query.where = measure.conditions(F)
  return query
end

function pair.is_comparison(F)
  if F:mark("compare") or F:mark("difference") or F:mark("than") then return true end
  if #F.scope >= 2 then return true end
  if F:first("cmp") then return true end
  local between = F.scope[1] and F.scope[1].a and F:mark("difference")
  if between then return true end
  local two = #measure.number_columns(F) >= 2 or #F.cats >= 2
  return two and F:has_word("or") and F:first("sup") ~= nil and not F:first("unit")
end

local function ends_of(F)
  local scope = F.scope
  if #scope == 2 then
    if not (scope[1].from and scope[2].from and scope[1].from < scope[2].from) then
      features.refuse("a change needs an earlier and a later period, in this order")
    end
    return scope[1], scope[2]
  end
  if #scope == 1 and scope[1].a and scope[1].a.from then return scope[1].a, scope[1].b end
  return nil
end

-- "How did manufacturing employment change from 2008 to 2010?"
function pair.change(F)
  local change = F:take("change")
  local query = { kind = "change", dir = change.dir }
  F:take_mark("tail")
  F:take_mark("how_much")
  F:take_mark("percent_change")
  F:take_mark("share")
  F:take_mark("how_many")
  F:take_mark("difference")
  F:take_mark("compare")
  query.a, query.b = ends_of(F)
  query.yes_no = asks[F.tokens[1] and F.tokens[1].w] == true and change.dir ~= "any"
  query.fn, query.column = measure.fn(F), measure.column(F, nil)
  if not query.column then measure.missing(F) end
  query.where = measure.conditions(F)
  if not query.a then
    frames.scope_of(F, query)
    if query.column.adds_up or query.fn or #query.where > 0 or not F.schema.date
      or F.schema.grain == "event" then
      features.refuse("a change needs two periods, such as \"from 2012 to 2014\"")
    end
    query.kind = "ends"
    return query
  end
  query.assumed = query.fn == nil
  query.fn = query.fn or measure.usual(query.column)
  if query.a.unit ~= query.b.unit and query.fn == "sum" then
    features.refuse("the two periods differ in length, so their sums do not compare")
  end
  return query
end

-- The year that holds a point.
function pair.year_of(period)
  if not period or not period.from or not period.to then return nil end
  return periods.year(tonumber(period.from:sub(1, 4)))
end

return pair
