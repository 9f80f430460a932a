-- Reads the time expressions of a question. A point is {from, to, unit, label} with `to`
-- exclusive, or
-- recurring: {months = {6, 7, 8}, label} or {weekdays = {…}, label}.
local dates = require "lib.dates"
local words = require "lib.words"

local periods = {}

local month_numbers = { may = 5, sept = 9 }
for i, name in ipairs(dates.months) do
  month_numbers[name:lower()] = i
  month_numbers[name:lower():sub(1, 3)] = i
end

local weekday_numbers = {}
for i, name in ipairs(dates.weekdays) do
  weekday_numbers[name:lower()] = i
  weekday_numbers[name:lower() .. "s"] = i
end

local seasons = { winter = { 12, 1, 2 }, spring = { 3, 4, 5 }, summer = { 6, 7, 8 },
  autumn = { 9, 10, 11 }, fall = { 9, 10, 11 } }

function periods.year(year)
  return { from = year .. "-01-01", to = (year + 1) .. "-01-01", unit = "year",
    label = tostring(year) }
end

function periods.month(year, month)
  local from = ("%04d-%02d-01"):format(year, month)
  return { from = from, to = dates.add_months(from, 1), unit = "month",
    label = dates.months[month] .. " " .. year }
end

function periods.day(date)
  return { from = date, to = dates.next_day(date), unit = "day", label = date }
end

function periods.quarter(year, quarter)
  local from = ("%04d-%02d-01"):format(year, quarter * 3 - 2)
  return { from = from, to = dates.add_months(from, 3), unit = "quarter",
    label = ("Q%d %d"):format(quarter, year) }
end

-- The point that a key of a grouped result stands for.
function periods.of_key(part, key)
  if part == "year" then return periods.year(math.tointeger(key)) end
  if part == "year-month" then
    return periods.month(tonumber(key:sub(1, 4)) // 1, tonumber(key:sub(6, 7)) // 1)
  end
  if part == "quarter" then
    return periods.quarter(tonumber(key:sub(1, 4)), tonumber(key:sub(7, 7)))
  end
  if part == "day" then return periods.day(key) end
  if part == "month" then
    return { months = { month_numbers[key:lower()] }, label = key, unit = "month" }
  end
  if part == "weekday" then
    return { weekdays = { weekday_numbers[key:lower()] }, label = key .. "s", unit = "weekday" }
  end
  return nil
end

local function year_at(tokens, i)
  local token = tokens[i]
  if token and token.kind == "number" and math.type(token.number) == "integer"
    and #token.w == 4 and token.number >= 1500 and token.number <= 2199 then
    return token.number
  end
  return nil
end

local function is(tokens, i, ...)
  local token = tokens[i]
  if not token or token.kind ~= "word" then return false end
  for _, word in ipairs { ... } do
    if token.w == word then return true end
  end
  return false
end

-- A year that may follow a month or a part of a year: "March 2014", "March of 2014", "March, 2014".
local function year_after(tokens, i)
  if year_at(tokens, i) then return year_at(tokens, i), i end
  local skip = is(tokens, i, "of", "in") or (tokens[i] and tokens[i].kind == "comma")
  if skip and is(tokens, i + 1, "the", "year") then i = i + 1 end
  if skip and is(tokens, i + 1, "year") then i = i + 1 end
  if skip and year_at(tokens, i + 1) then return year_at(tokens, i + 1), i + 1 end
  return nil
end

local function day_number(tokens, i)
  local token = tokens[i]
  local number = token and (token.kind == "ordinal" or token.kind == "number") and token.number
  if number and math.type(number) == "integer" and number >= 1 and number <= 31 then
    return number
  end
  return nil
end

local function exact_day(year, month, day)
  if day > dates.days_in(year, month) then return nil end
  return periods.day(("%04d-%02d-%02d"):format(year, month, day))
end

-- "March 5, 2014", "5th of March 2014", "March 2014", "March".
local function month_point(tokens, i)
  local day = day_number(tokens, i)
  local at = i
  if day then
    at = i + 1
    if is(tokens, at, "of") then at = at + 1 end
  end
  local month = tokens[at] and tokens[at].kind == "word" and month_numbers[tokens[at].w]
  if not month then return nil end
  local before_may = is(tokens, i - 1, "in", "of", "since", "from", "to", "and", "or", "for",
    "than",
    "until", "between", "with", "vs", "last", "before", "after", "through")
  if day then
    local year, stop = year_after(tokens, at + 1)
    if not year then return nil end
    return exact_day(year, month, day), stop
  end
  day = day_number(tokens, at + 1)
  if day then
    local year, stop = year_after(tokens, at + 2)
    if year then return exact_day(year, month, day), stop end
    return nil
  end
  local year, stop = year_after(tokens, at + 1)
  if year then return periods.month(year, month), stop end
  if tokens[at].w == "may" and not before_may then return nil end
  return { months = { month }, label = dates.months[month], unit = "month" }, at
end

local function season_point(tokens, i)
  local word = tokens[i].w
  local name = seasons[word] and word or word:match("^(.*)s$")
  local months = seasons[name]
  if not months then return nil end
  local led = is(tokens, i - 1, "in", "of", "during", "the", "each", "every")
  if name == "fall" and not led then return nil end
  local year, stop = year_after(tokens, i + 1)
  local label = name == "fall" and "autumn" or name
  if not year then
    return { months = months, label = label, unit = "season",
      note = ("%s is taken as the months %s to %s"):format(label, dates.months[months[1]],
        dates.months[months[3]]) }, i
  end
  local from_year = months[1] == 12 and year - 1 or year
  local from = ("%04d-%02d-01"):format(from_year, months[1])
  local first, last = periods.month(from_year, months[1]), periods.month(year, months[3])
  return { from = from, to = last.to, unit = "season", label = label .. " " .. year,
    note = ("%s %d is taken as %s to %s"):format(label, year, first.label, last.label) }, stop
end

-- "first half of 2014", "last quarter of 2014", "Q3 2014", "2014 Q3", "h1 2014".
local function part_of_year(tokens, i)
  local word = tokens[i].w
  local kind, place = word:match("^([qh])([1-4])$")
  local at = i + 1
  if not kind then
    place = words.ordinal(tokens[i]) or (word == "last" and "last")
    kind = is(tokens, at, "half") and "h" or is(tokens, at, "quarter") and "q"
    at = at + 1
  end
  if not kind or not place then return nil end
  local year, stop = year_after(tokens, at)
  if not year then return nil end
  if kind == "q" then
    place = place == "last" and 4 or math.tointeger(tonumber(place))
    return place <= 4 and periods.quarter(year, place) or nil, stop
  end
  place = place == "last" and 2 or math.tointeger(tonumber(place))
  if place > 2 then return nil end
  local from = place == 1 and year .. "-01-01" or year .. "-07-01"
  return { from = from, to = dates.add_months(from, 6), unit = "half",
    label = ("the %s half of %d"):format(place == 1 and "first" or "second", year) }, stop
end

local function weekday_point(tokens, i)
  local word = tokens[i].w
  if weekday_numbers[word] then
    local number = weekday_numbers[word]
    return { weekdays = { number }, label = dates.weekdays[number] .. "s", unit = "weekday" }, i
  end
  if word == "weekend" or word == "weekends" then
    return { weekdays = { 6, 7 }, label = "weekends", unit = "weekday" }, i
  end
  return nil
end

-- The point that starts at token `i` and the token it ends at; nil when none does.
function periods.point(tokens, i)
  local token = tokens[i]
  if not token then return nil end
  if token.kind == "date" then
    local normal = dates.normal(token.w)
    if normal then return periods.day(normal), i end
    return nil
  end
  if token.kind == "month" then
    return periods.month(tonumber(token.w:sub(1, 4)) // 1, tonumber(token.w:sub(6, 7)) // 1), i
  end
  local readers = { month_point, part_of_year }
  if token.kind == "word" then
    readers = { month_point, part_of_year, season_point, weekday_point }
  end
  for _, read in ipairs(readers) do
    local point, stop = read(tokens, i)
    if point then return point, stop end
  end
  local year = year_at(tokens, i)
  if not year then return nil end
  local quarter = tokens[i + 1] and tokens[i + 1].w:match("^q([1-4])$")
  if quarter then return periods.quarter(year, tonumber(quarter) // 1), i + 1 end
  return periods.year(year), i
end

-- Both ends included; nil when they are not of one sort or in the wrong order.
function periods.between(a, b)
  if a.from and b.from then
    if a.from >= b.from then return nil end
    return { from = a.from, to = b.to, a = a, b = b, unit = "range",
      label = a.label .. " to " .. b.label }
  end
  if a.months and b.months and #a.months == 1 and #b.months == 1 then
    local months, month = {}, a.months[1]
    while month ~= b.months[1] do
      months[#months + 1] = month
      month = month % 12 + 1
    end
    months[#months + 1] = month
    return { months = months, a = a, b = b, unit = "range", label = a.label .. " to " .. b.label }
  end
  return nil
end

-- A recurring month and a year make one month: "March … in 2014".
function periods.joined(recurring, year)
  if not recurring.months or year.unit ~= "year" then return nil end
  if #recurring.months == 1 then return periods.month(tonumber(year.label), recurring.months[1]) end
  return nil
end

return periods
