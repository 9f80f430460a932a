-- Figures and lists as text.
local format = {}

local function grouped(digits)
  local out = digits:reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return (out:gsub("^,", ""))
end

-- 12345.678 with 1 decimal is "12,345.7".
function format.number(value, decimals)
  local text = ("%." .. decimals .. "f"):format(math.abs(value))
  local whole, fraction = text:match("^(%d+)(.*)$")
  if #whole >= 4 then whole = grouped(whole) end
  local zero = not text:find("[1-9]")
  return (value < 0 and not zero and "-" or "") .. whole .. fraction
end

local function rounded(value, decimals)
  return tonumber(("%." .. decimals .. "f"):format(value))
end

-- How many decimals a figure of a column deserves: those of the data; a mean has one at least.
function format.decimals(fn, column)
  if fn == "count" or not column then return 0 end
  local own = math.min(column.decimals or 2, 4)
  if fn == "mean" or fn == "median" then return math.max(own, 1) end
  return own
end

function format.unit(column)
  return column and column.unit and (" " .. column.unit) or ""
end

function format.amount(value, fn, column, decimals)
  decimals = decimals or format.decimals(fn, column)
  if fn == "median" and rounded(value, decimals) ~= value then decimals = decimals + 1 end
  return format.number(value, decimals) .. (fn == "count" and "" or format.unit(column))
end

-- Decimals with which two figures and their difference agree to the eye.
function format.pair_decimals(a, b, fn, column)
  if fn == "count" then return 0 end
  local own = format.decimals(fn, column)
  local decimals = own
  while a ~= b and decimals < own + 2 and rounded(a, decimals) == rounded(b, decimals) do
    decimals = decimals + 1
  end
  local function agrees(places)
    return rounded(rounded(a, places) - rounded(b, places), places) == rounded(a - b, places)
  end
  if not agrees(decimals) and agrees(decimals + 1) then return decimals + 1 end
  return decimals
end

-- "a, b and c"
function format.list(items)
  if #items <= 1 then return items[1] or "" end
  return table.concat(items, ", ", 1, #items - 1) .. " and " .. items[#items]
end

local ordinals = { "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth",
  "ninth",
  "tenth" }
function format.ordinal(n) return ordinals[n] or ("number " .. n) end

function format.plural(count, noun)
  return format.number(count, 0) .. " " .. noun .. (count == 1 and "" or "s")
end

function format.sentence(text)
  local first = text:sub(1, 1):upper() .. text:sub(2)
  return first:match("[%.%?!]$") and first or first .. "."
end

return format
