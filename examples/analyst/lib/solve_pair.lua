-- Answers comparisons and changes from tool results.
local asking = require "lib.asking"
local features = require "lib.features"
local format = require "lib.format"
local frames_pair = require "lib.frames_pair"
local solve = require "lib.solve"
local solve_value = require "lib.solve_value"

local pair = {}

local function with(list, more)
  local all = table.move(list or {}, 1, #(list or {}), 1, {})
  for _, condition in ipairs(more or {}) do all[#all + 1] = condition end
  return all
end

-- What an operand stands for: {label, period, where, column}.
local function resolve(query, operand, subject)
  if operand.kind == "period" then
    return { label = operand.period.label, period = operand.period }
  elseif operand.kind == "where" then
    return { label = operand.label, where = operand.where, period = query.scope }
  elseif operand.kind == "column" then
    return { label = operand.label, column = operand.column, period = query.scope }
  elseif operand.kind == "everything" then
    return { label = "the whole period" }
  elseif operand.kind == "it" then
    if not subject then features.refuse("I do not see what \"its\" stands for") end
    if subject.several then features.refuse("\"its\" could stand for several things") end
    return { label = subject.label, period = subject.period, where = subject.where }
  end
  local base = query.operands[1]
  local period = base.kind == "it" and subject and subject.period or base.period
  local year = frames_pair.year_of(period)
  if not year or period.unit == "year" then
    features.refuse("I do not see which year it is to be compared with")
  end
  return { label = year.label, period = year }
end

local function relation(a, b, query, column)
  if a == b then return "is the same" end
  local gap = math.abs(a - b)
  if query.fn == "count" then
    return ("has %s %s"):format(format.number(gap, 0), a > b and "more" or "fewer")
  end
  local decimals = format.pair_decimals(a, b, query.fn, column)
  return ("is %s %s"):format(format.amount(gap, query.fn, column, decimals), a > b and "higher"
    or "lower")
end

local function verdict(query, a, b)
  if not query.yes_no then return "" end
  local holds = query.dir == "max" and a > b or query.dir == "min" and a < b
  return holds and "Yes: " or "No: "
end

local function two(data, query, sides)
  local a, b = sides[1], sides[2]
  local column = query.column or a.column
  local decimals = format.pair_decimals(a.value, b.value, query.fn, column)
  local function shown(one)
    return query.fn == "count" and format.number(one.value, 0)
      or format.amount(one.value, query.fn, one.column or column, decimals)
  end
  local head
  if a.column then
    head = (query.fn == "sum" and "total" or query.fn) .. asking.conditions(query.where)
      .. asking.span(data, query.scope)
  else
    head = asking.measure(data, query) .. (query.scope and asking.span(data, query.scope) or "")
  end
  return ("%s%s was %s for %s and %s for %s: %s %s."):format(verdict(query, a.value, b.value),
    query.yes_no and "the " .. head or "The " .. head, shown(a), a.label, shown(b), b.label,
    a.label, relation(a.value, b.value, query, column))
end

local function several(data, query, sides)
  local items = {}
  for i, one in ipairs(sides) do
    local text = query.fn == "count" and format.number(one.value, 0)
      or format.amount(one.value, query.fn, one.column or query.column)
    items[i] = one.label .. " " .. text
  end
  local list = solve.ordered(sides, query.dir or "max")
  local word = query.dir == "min" and "lowest" or "highest"
  local head = query.column and asking.measure(data, query) or query.fn == "count"
    and asking.measure(data, query) or query.fn
  local winner = list[1].value == list[2].value and (list[1].label .. " and " .. list[2].label
    .. " tie")
    or list[1].label .. " is the " .. word
  return ("The %s: %s. %s."):format(head, format.list(items), format.sentence(winner):gsub("%.$",
    ""))
end

-- Where every side is one row there is nothing to average: the figures are the data's own.
local function of_single_rows(query)
  local other = {}
  for key, value in pairs(query) do other[key] = value end
  other.fn = "value"
  return other
end

-- "Was 2014 wetter than 2013?", "how did its mean high compare with the year's?"
function pair.compare(work, data, query, subject)
  local sides, complete, single = {}, true, query.assumed
  local common = query.operands[1].kind == "where" and query.scope or nil
  for i, operand in ipairs(query.operands) do
    local side = resolve(query, operand, subject)
    if side.period and side.period ~= query.scope then
      side.note = asking.check_period(data, side.period)
    end
    local asked = { fn = query.fn, column = side.column or query.column, scope = side.period
      or common,
      where = with(query.where, side.where) }
    local result = work:need("csv.aggregate", asking.aggregate(data, asked, { whole = true }))
    if result then
      side.value = solve_value.figure(result)
      if not side.value then features.refuse("there is no value for " .. side.label) end
      if side.note then side.label = side.label .. " (" .. side.note .. ")" end
    end
    complete = complete and result ~= nil
    single = single and result ~= nil and result.rows == 1
    sides[i] = side
  end
  if not complete then return nil end
  if single then query = of_single_rows(query) end
  if #sides == 2 then return { text = two(data, query, sides) } end
  return { text = several(data, query, sides) }
end

local function moved(a, b)
  if b > a then return "rose" end
  return b < a and "fell" or "did not change"
end

local function percent(a, b, column)
  if a <= 0 or column.unit and column.unit:sub(1, 2) == "°" then return "" end
  return (" (%s%s %%)"):format(b > a and "+" or "", format.number(100 * (b - a) / a, 1))
end

local function change_text(query, a, b, from, to)
  local column = query.column
  local decimals = format.pair_decimals(b, a, query.fn or "max", column)
  local function shown(number) return format.amount(number, query.fn or "max", column, decimals) end
  local yes = ""
  if query.yes_no then
    local holds = query.dir == "up" and b > a or query.dir == "down" and b < a
    yes = holds and "Yes: " or "No: "
  end
  local sign = b > a and "+" or ""
  return ("%s%s%s %s from %s (%s) to %s (%s): a change of %s%s%s."):format(yes, column.name,
    asking.conditions(query.where), moved(a, b), shown(a), from, shown(b), to, sign, shown(b - a),
    percent(a, b, column))
end

-- "How did manufacturing employment change from 2008 to 2010?"
function pair.change(work, data, query)
  local notes = { asking.check_period(data, query.a), asking.check_period(data, query.b) }
  local first = work:need("csv.aggregate", asking.aggregate(data, query,
    { whole = true, period = query.a }))
  local second = work:need("csv.aggregate", asking.aggregate(data, query,
    { whole = true, period = query.b }))
  if not first or not second then return nil end
  local a, b = solve_value.figure(first), solve_value.figure(second)
  if not a or not b then
    features.refuse("one of the periods has no value of " .. query.column.name)
  end
  local single = first.rows == 1 and second.rows == 1
  local kind = single and "" or query.fn == "sum" and "total of " or query.fn .. " of "
  local asked = { fn = single and "max" or query.fn, column = query.column, where = query.where,
    dir = query.dir, yes_no = query.yes_no }
  local text = change_text(asked, a, b, kind .. query.a.label, kind .. query.b.label)
  local note = notes[1] or notes[2]
  if note then text = text .. " " .. format.sentence(note) end
  return { text = text }
end

local function end_row(work, data, query, last)
  local result = work:need("csv.filter",
    { file = data.file, columns = { data.date.name, query.column.name },
    where = asking.where(data, query.where, query.scope), order_by = data.date.name,
      descending = last,
    limit = 1 })
  if not result then return nil end
  local row = solve.rows(data, result, query.column)[1]
  if not row then
    features.refuse("the first or the last row has no value of " .. query.column.name)
  end
  return row
end

-- "How did it change over 2009?": from the first row of the period to the last.
function pair.ends(work, data, query)
  local first, last = end_row(work, data, query, false), end_row(work, data, query, true)
  if not first or not last then return nil end
  return { text = change_text(query, first.value, last.value, solve.row_label(data, first, {}),
    solve.row_label(data, last, {})) }
end

local function steps_of(query, groups)
  local steps = {}
  for i = 2, #groups do
    local gap = groups[i].value - groups[i - 1].value
    local fits = query.dir == "any" or query.dir == "up" and gap > 0 or query.dir == "down"
      and gap < 0
    if fits then
      steps[#steps + 1] = { from = groups[i - 1], to = groups[i], gap = gap, value = math.abs(gap) }
    end
  end
  return solve.ordered(steps, "max")
end

local step_words = { up = "growth", down = "fall", any = "change" }

-- "Which year saw the largest growth?": the largest step between neighbouring groups.
function pair.step(work, data, query)
  local result = work:need("csv.aggregate", asking.aggregate(data, query, { limit = 400 }))
  if not result then return nil end
  local groups = solve.groups(result)
  if #groups < 2 then features.refuse("a change takes two " .. query.unit .. "s at least") end
  local steps = steps_of(query, groups)
  if #steps == 0 then
    return { text = ("There was no such %s of %s by %s%s."):format(step_words[query.dir],
      query.column.name,
      query.unit, asking.span(data, query.scope)) }
  end
  local lines, fn = {}, data.grain == query.unit and "max" or query.fn
  for i = 1, math.min(query.n or 1, #steps) do
    local step = steps[i]
    local text = change_text({ fn = fn, column = query.column, where = query.where },
      step.from.value, step.to.value, solve.label(query, step.from.key),
        solve.label(query, step.to.key))
    lines[i] = ("%s%s: %s"):format(query.n and i .. ". " or "", solve.label(query, step.to.key),
      text)
  end
  local kind = data.grain == query.unit and query.column.name or asking.measure(data, query)
  local tie = not query.n and steps[2] and steps[2].value == steps[1].value
    and (" " .. solve.label(query, steps[2].to.key) .. " saw the same.") or ""
  return { text = ("The largest %s of %s from one %s to the next%s came in %s%s"):format(
    step_words[query.dir], kind, query.unit, asking.span(data, query.scope),
      table.concat(lines, "\n"), tie) }
end

return pair
