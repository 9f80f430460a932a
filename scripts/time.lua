local given = require "lib.given"

local moment = { type = "string", doc = "ISO 8601, such as 2026-03-29 or 2026-03-29T14:30:00Z; "
  .. "without a zone it is UTC" }
local zone = { type = "string", pattern = "^(Z|[+-][0-9]{2}:[0-9]{2})$", default = "Z",
  doc = "The difference to UTC to write the time in, such as +02:00" }

local weekdays = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" }

local function seconds_of(text)
  local seconds, why = time.parse(text)
  if not seconds then error("'" .. text .. "' is no time: " .. why, 0) end
  return seconds
end

local function shift_of(written)
  if written == "Z" then return 0 end
  local sign, hours, minutes = written:match("^([+-])(%d%d):(%d%d)$")
  local shift = tonumber(hours) * 3600 + tonumber(minutes) * 60
  return sign == "-" and -shift or shift
end

local function describe(seconds, written)
  local shift = shift_of(written)
  local parts = time.parts(seconds + shift)
  local iso = string.format("%04d-%02d-%02dT%02d:%02d:%02d%s", parts.year, parts.month, parts.day,
    parts.hour, parts.minute, math.floor(parts.second), written)
  return { time = iso, date = iso:sub(1, 10), weekday = weekdays[parts.weekday],
    day_of_year = parts.yearday, seconds_since_1970 = math.tointeger(seconds) or seconds }
end

local now = tool {
  name = "time.now",
  description = "The present date and time, and the weekday. Call it instead of guessing.",
  input = { zone = zone },
  effect = "read",
  run = function(input) return describe(time.now(), input.zone) end,
}

local convert = tool {
  name = "time.convert",
  description = "A date or time written for another difference to UTC, with its weekday.",
  input = { time = moment, zone = zone },
  effect = "read",
  run = function(input) return describe(seconds_of(input.time), input.zone) end,
}

local amount = { type = "integer?", min = -1000000, max = 1000000 }

local add = tool {
  name = "time.add",
  description = "A date or time moved by an amount; negative amounts go back. A month later than "
    .. "the 31st is the last day of a shorter month.",
  input = { time = moment, years = amount, months = amount, weeks = amount, days = amount,
    hours = amount, minutes = amount, seconds = amount, zone = zone },
  effect = "read",
  run = function(input)
    local amounts = {}
    for _, unit in ipairs { "years", "months", "weeks", "days", "hours", "minutes", "seconds" } do
      amounts[unit] = given(input[unit])
    end
    if next(amounts) == nil then error("say by how much: for example days = 3", 0) end
    return describe(time.add(seconds_of(input.time), amounts), input.zone)
  end,
}

local between = tool {
  name = "time.between",
  description = "How long it is from one date or time to another; negative when the second is "
    .. "earlier.",
  input = { from = moment, to = moment },
  effect = "read",
  run = function(input)
    local seconds = seconds_of(input.to) - seconds_of(input.from)
    local left = math.floor(math.abs(seconds))
    local parts = {}
    for _, unit in ipairs { { "day", 86400 }, { "hour", 3600 }, { "minute", 60 }, { "second", 1 } } do
      local count = left // unit[2]
      left = left % unit[2]
      if count > 0 then
        parts[#parts + 1] = count .. " " .. unit[1] .. (count == 1 and "" or "s")
      end
    end
    if #parts == 0 then parts[1] = "no time" end
    return { seconds = math.tointeger(seconds) or seconds, days = seconds / 86400,
      words = table.concat(parts, ", ") .. (seconds < 0 and " earlier" or "") }
  end,
}

return { now, convert, add, between }
