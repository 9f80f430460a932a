-- Works out what figure a clause asks for: {fn, column}, or a count of rows.
local features = require "lib.features"

local measure = {}

-- Finer units come first.
measure.order = { row = 0, event = 0, day = 1, month = 2, quarter = 3, year = 4 }

-- Whether a column only tells rows apart, so that its figures mean nothing.
function measure.is_id(column)
  local last = column.parts[#column.parts]
  return column.type == "number" and (last == "id" or last == "no" or last == "nr"
    or last == "number"
    or last == "code" or last == "zip")
end

local function is_number(ann)
  for _, column in ipairs(ann.columns) do
    if column.type == "number" then return true end
  end
  return false
end

function measure.number_columns(F) return F:all("col", is_number) end

function measure.text_columns(F)
  return F:all("col", function(ann) return not is_number(ann) and ann.columns[1].type == "text" end)
end

-- A word such as "total" may be the name of a column when a function or superlative is said as
-- well.
local function function_as_column(F)
  for _, ann in ipairs(F:all("fn")) do
    local column = F.schema:named(ann.word)
    if column and column.type == "number" and #measure.number_columns(F) == 0 then
      ann.kind, ann.columns, ann.full = "col", { column }, true
      return
    end
  end
end

-- The function that is asked for by name, or nil.
function measure.fn(F)
  local list = F:all("fn")
  for _, ann in ipairs(list) do
    if ann.fn ~= list[1].fn then
      features.refuse(("it asks for a %s and a %s at once"):format(list[1].fn, ann.fn))
    end
    F:claim(ann)
  end
  return list[1] and list[1].fn
end

-- Takes a word such as "orders" for the rows, where a column order_id tells them apart.
function measure.take_rows_word(F)
  return F:take("col", function(ann) return measure.is_id(ann.columns[1]) end) ~= nil
end

-- The column of numbers that is asked for: by name, else by an adjective. Nil when there is none.
function measure.column(F, adjective)
  function_as_column(F)
  local dir = adjective and adjective.dir
  local list = measure.number_columns(F)
  local column
  for _, ann in ipairs(list) do
    local picked = F:pick(ann, dir, "number")
    if measure.is_id(picked) then
      features.refuse(("%s only tells rows apart; its figures are no amounts"):format(picked.name))
    end
    if column and picked ~= column then
      features.refuse(("it names several columns (%s, %s): ask about one at a time")
        :format(column.name, picked.name))
    end
    column = picked
    F:claim(ann)
  end
  if adjective and not adjective.generic and not adjective.bound then
    local meant = F:of_concept(adjective)
    if meant and column and meant ~= column then
      features.refuse(("\"%s\" is about %s, and the question names %s too")
        :format(F:shown(adjective), meant.name, column.name))
    end
    column = column or meant
  end
  return column
end

-- Refuses for want of a column, naming those there are.
function measure.missing(F)
  features.refuse(("I cannot tell which column of %s it is about (columns of numbers: %s)")
    :format(F.schema.file, table.concat(F.schema:number_names(), ", ")))
end

-- The function for figures of a column when none is named: amounts add up, levels are averaged.
function measure.usual(column) return column.adds_up and "sum" or "mean" end

local function bind_positive(F, ann)
  local column = ann.concept == "rain" and F:of_concept(ann)
  if not column then
    features.refuse(("what counts as \"%s\" is not said: give a bound in figures")
      :format(F:shown(ann)))
  end
  F:claim(ann)
  local dry = ann.dir == "min"
  F.where[#F.where + 1] = { column = column, op = dry and "=" or ">", value = 0 }
  F:note(("a %s day is one with %s %s 0"):format(F:shown(ann), column.name, dry and "=" or "above"))
end

-- "Dry" and "wet" before a noun are conditions on rows; "how wet" asks for the column's figure.
function measure.bind_positives(F)
  for _, ann in ipairs(F:all("positive")) do
    if F:follows(ann, "how") and (F:has_word("get") or F:has_word("got")) then
      ann.kind = "sup"  -- "how cold did it get": the coldest
    elseif F:follows(ann, "how") then
      ann.kind, ann.columns = "col", { F:of_concept(ann) }
    else
      bind_positive(F, ann)
    end
  end
end

-- Takes a word that is a column and a value at once ("rain") as the value, for counts of rows.
function measure.values_for_count(F)
  for _, ann in ipairs(F:all("col", function(ann) return ann.cat ~= nil end)) do
    F:claim(ann)
    F.cats[#F.cats + 1] = { column = ann.cat.column, value = ann.cat.value, ann = ann }
    F:note(("I count the rows whose %s is %s, whatever %s says")
      :format(ann.cat.column.name, ann.cat.value, ann.columns[1].name))
  end
end

-- All conditions on rows that the clause sets, beside its period.
function measure.conditions(F)
  local list = {}
  for _, condition in ipairs(F.where) do list[#list + 1] = condition end
  for _, condition in ipairs(F:value_conditions()) do list[#list + 1] = condition end
  return list
end

-- Refuses a unit that is finer than what a row stands for.
function measure.check_unit(F, unit)
  local grain = F.schema.grain
  if unit == "row" then return end
  if not F.schema.date then
    features.refuse(F.schema.file .. " has no column of dates")
  end
  local wanted = unit == "weekday" and "day" or unit
  if (measure.order[wanted] or 1) < (measure.order[grain] or 0) then
    features.refuse(("%s has one row a %s, so nothing can be said by %s")
      :format(F.schema.file, grain, unit))
  end
end

-- Whether grouping by a unit is needed, or every row is one already.
function measure.is_row(F, unit)
  return unit == nil or unit == "row" or unit == F.schema.grain
end

return measure
