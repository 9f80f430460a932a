-- Finds the spans of a question that take more than one word: numeric conditions and periods.
local lexicon = require "lib.lexicon"
local periods = require "lib.periods"
local words = require "lib.words"

local spans = {}

local relations = {
  above = ">", over = ">", exceeding = ">", exceeded = ">", exceeds = ">", exceed = ">",
  below = "<", under = "<", exactly = "=", equals = "=",
  [">"] = ">", [">="] = ">=", ["<"] = "<", ["<="] = "<=", ["="] = "=",
}
local afterwards = { more = ">=", higher = ">=", above = ">=", over = ">=", less = "<=",
  fewer = "<=",
  lower = "<=", below = "<=", under = "<=" }

local adjective_of = {}
for _, line in ipairs(lexicon.adjectives) do
  local _, comparative = line[1]:match("(%S+) (%S+)")
  adjective_of[comparative] = { concept = line[2], dir = line[3] }
end

local function word_at(tokens, i)
  return tokens[i] and tokens[i].kind == "word" and tokens[i].w or nil
end

-- The operator that starts at `i`: op, concept, the token after it.
local function relation_at(tokens, i)
  local word, next_word = word_at(tokens, i), word_at(tokens, i + 1)
  if word == "at" and next_word == "least" then return ">=", nil, i + 2 end
  if word == "at" and next_word == "most" then return "<=", nil, i + 2 end
  if next_word == "than" then
    local found = adjective_of[word]
    if found then return found.dir == "max" and ">" or "<", found.concept, i + 2 end
    if lexicon.comparatives.max[word] then return ">", nil, i + 2 end
    if lexicon.comparatives.min[word] then return "<", nil, i + 2 end
  end
  if relations[word] then return relations[word], nil, i + 1 end
  return nil
end

local function like_a_year(token, unit)
  return token.kind == "number" and not unit and math.type(token.number) == "integer"
    and #token.w == 4 and token.number >= 1900 and token.number <= 2100
end

-- The unit of measure after a number and the last token it takes.
local function unit_at(tokens, i)
  local word = word_at(tokens, i)
  local unit = word and lexicon.units_of_measure[word]
  if not unit then return nil, i - 1 end
  if unit == "degrees" then
    local exact = lexicon.units_of_measure[word_at(tokens, i + 1) or ""]
    if exact == "°C" or exact == "°F" then return exact, i + 1 end
  end
  return unit, i
end

local function between_numbers(tokens, i)
  local low, high = words.number(tokens[i + 1]), words.number(tokens[i + 3])
  if word_at(tokens, i + 2) ~= "and" or not low or not high or low > high then return nil end
  local unit, stop = unit_at(tokens, i + 4)
  if like_a_year(tokens[i + 1], unit) and like_a_year(tokens[i + 3], unit) then return nil end
  if periods.point(tokens, i + 1) and periods.point(tokens, i + 3) then return nil end
  return { kind = "cond", op = ">=", value = low, high = high, unit = unit }, stop
end

-- "more than 2000" and "above 2000" are about an amount; "wetter than 2013", "over 2013" about a
-- year.
local names_year = { more = false, less = false, fewer = false, above = false, below = false,
  at = false, exactly = false, [">"] = false, [">="] = false, ["<"] = false, ["<="] = false }

-- A condition such as "above 30 degrees" or "5 mm or more" at token `i`, and the token it ends at.
function spans.condition(tokens, i)
  if word_at(tokens, i) == "between" then return between_numbers(tokens, i) end
  local op, concept, at = relation_at(tokens, i)
  if op then
    local value = words.number(tokens[at])
    if not value then return nil end
    local unit, stop = unit_at(tokens, at + 1)
    if names_year[word_at(tokens, i)] ~= false and like_a_year(tokens[at], unit) then return nil end
    return { kind = "cond", op = op, value = value, concept = concept, unit = unit }, stop
  end
  local value = words.number(tokens[i])
  if not value then return nil end
  local unit, stop = unit_at(tokens, i + 1)
  if word_at(tokens, stop + 1) == "or" and afterwards[word_at(tokens, stop + 2) or ""] then
    return { kind = "cond", op = afterwards[word_at(tokens, stop + 2)], value = value,
      unit = unit },
      stop + 2
  end
  return nil
end

local links = { to = true, ["until"] = true, till = true, through = true }

local function link_at(tokens, i, first)
  local token = tokens[i]
  if not token then return false end
  if token.kind == "dash" then return first ~= "between" end
  if token.kind ~= "word" then return false end
  if first == "between" then return token.w == "and" end
  return links[token.w] == true
end

-- "from March to May 2014": the first point takes the year of the second.
local function pair(a, b)
  if a.months and #a.months == 1 and b.unit == "month" and b.from then
    local year = tonumber(b.from:sub(1, 4))
    local month = periods.month(year, a.months[1])
    if month.from < b.from then a = month else a = periods.month(year - 1, a.months[1]) end
  end
  return periods.between(a, b)
end

local function open_range(word, point)
  if not point.from then return nil end
  if word == "since" then
    return { from = point.from, unit = "range", label = "since " .. point.label }
  end
  if word == "after" then
    return { from = point.to, unit = "range", label = "after " .. point.label }
  end
  if word == "before" then
    return { to = point.from, unit = "range", label = "before " .. point.label }
  end
  return { to = point.to, unit = "range", label = "until " .. point.label }
end

local opens = { since = true, after = true, before = true, ["until"] = true, till = true }

-- A period at token `i` and the token it ends at.
function spans.period(tokens, i)
  local word = word_at(tokens, i)
  local start, first = i, nil
  if word == "from" or word == "between" then start, first = i + 1, word end
  if opens[word] then
    local point, stop = periods.point(tokens, i + 1)
    local range = point and open_range(word, point)
    if range then return { kind = "period", period = range }, stop end
    return nil
  end
  local a, stop = periods.point(tokens, start)
  if not a then return nil end
  if link_at(tokens, stop + 1, first) then
    local b, last = periods.point(tokens, stop + 2)
    local range = b and pair(a, b)
    if range then return { kind = "period", period = range, via = first or "to" }, last end
    if b and first == "between" and not a.from and not b.from then
      return { kind = "period", period = { both = { a, b } } }, last
    end
    if b then return { kind = "bad_range", a = a, b = b }, last end
  end
  if first == "between" then return nil end
  return { kind = "period", period = a }, stop
end

return spans
