-- Dates as text: "2015-03-09", "2015-03" and "2015/03/09" are read; all are kept as "YYYY-MM-DD",
-- so that they sort and compare as text.
local dates = {}

dates.months = { "January", "February", "March", "April", "May", "June", "July", "August",
  "September", "October", "November", "December" }
dates.weekdays = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" }
dates.parts = { "year", "quarter", "year-month", "month", "day", "weekday" }

local month_days = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

function dates.is_leap(year)
  return (year % 4 == 0 and year % 100 ~= 0) or year % 400 == 0
end

function dates.days_in(year, month)
  if month == 2 and dates.is_leap(year) then return 29 end
  return month_days[month]
end

local function checked(year, month, day)
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  if month < 1 or month > 12 or day < 1 or day > dates.days_in(year, month) then return nil end
  return ("%04d-%02d-%02d"):format(year, month, day)
end

-- "YYYY-MM-DD" for a cell or an argument that holds a date, else nil.
function dates.normal(value)
  if math.type(value) == "integer" and value >= 1000 and value <= 2999 then
    return value .. "-01-01"
  end
  if type(value) ~= "string" or #value < 4 then return nil end
  if #value == 4 then return value:match("^%d%d%d%d$") and value .. "-01-01" or nil end
  local y, m, d, rest = value:match("^(%d%d%d%d)[-/](%d%d?)[-/](%d%d?)(.*)$")
  if y and (rest == "" or rest:match("^[T ]%d%d:%d%d")) then return checked(y, m, d) end
  y, m = value:match("^(%d%d%d%d)[-/](%d%d?)$")
  if y then return checked(y, m, 1) end
  return nil
end

-- Days since 1970-01-01 of a normal date.
function dates.number(date)
  local y, m = tonumber(date:sub(1, 4)), tonumber(date:sub(6, 7))
  local d = tonumber(date:sub(9, 10))
  if m <= 2 then y, m = y - 1, m + 12 end
  local era_days = 365 * y + y // 4 - y // 100 + y // 400
  return era_days + (153 * (m - 3) + 2) // 5 + d - 719469
end

function dates.of_number(number)
  local z = number + 719468
  local era = z // 146097
  local doe = z - era * 146097
  local yoe = (doe - doe // 1460 + doe // 36524 - doe // 146096) // 365
  local doy = doe - (365 * yoe + yoe // 4 - yoe // 100)
  local mp = (5 * doy + 2) // 153
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  return ("%04d-%02d-%02d"):format(year, month, doy - (153 * mp + 2) // 5 + 1)
end

function dates.next_day(date) return dates.of_number(dates.number(date) + 1) end

-- The first day of the month `count` months after the one of `date`.
function dates.add_months(date, count)
  local months = tonumber(date:sub(1, 4)) * 12 + tonumber(date:sub(6, 7)) - 1 + count
  return ("%04d-%02d-01"):format(months // 12, months % 12 + 1)
end

local readers = {
  ["year"] = function(date) return math.tointeger(tonumber(date:sub(1, 4))) end,
  ["quarter"] = function(date)
    return date:sub(1, 4) .. "-Q" .. ((tonumber(date:sub(6, 7)) + 2) // 3)
  end,
  ["year-month"] = function(date) return date:sub(1, 7) end,
  ["month"] = function(date) return math.tointeger(tonumber(date:sub(6, 7))) end,
  ["day"] = function(date) return date end,
  ["weekday"] = function(date) return (dates.number(date) + 3) % 7 + 1 end,
}

-- A function from a normal date to the part; months and weekdays are numbers (Monday is 1).
function dates.reader(part) return readers[part] end

local function index_of(list, word)
  for i, name in ipairs(list) do
    if name:lower() == word or name:lower():sub(1, 3) == word then return i end
  end
  return nil
end

-- What a part is compared with: "March" or 3 for a month, "Monday" for a weekday. Nil: no such.
function dates.part_value(part, value)
  if part == "month" or part == "weekday" then
    local list = part == "month" and dates.months or dates.weekdays
    if type(value) == "string" and not tonumber(value) then return index_of(list, value:lower()) end
    local number = math.tointeger(tonumber(value))
    return number and list[number] and number or nil
  end
  if part == "year" then return math.tointeger(tonumber(value)) end
  if part == "day" then return dates.normal(value) end
  return type(value) == "string" and value or nil
end

-- How a part is shown.
function dates.part_name(part, value)
  if part == "month" then return dates.months[value] end
  if part == "weekday" then return dates.weekdays[value] end
  return value
end

return dates
