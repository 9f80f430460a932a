-- Turns a question into tokens, and knows the forms of a word.
local words = {}

-- A token is {kind, w} plus `number` or `date`: kind is "word", "number", "ordinal", "date" (a
-- day),
-- "month" (a year and month), "quoted", "comma", "end" or "dash".

local replacements = {
  { "’", "'" }, { "‘", "'" }, { "“", '"' }, { "”", '"' }, { "–", " - " }, { "—", " , " },
  { "≥", " >= " }, { "≤", " <= " }, { "°%s*[Cc]%f[%A]", " celsius " },
  { "°%s*[Ff]%f[%A]", " fahrenheit " }, { "°", " degrees " },
  { "%f[%a][Uu]%.[Ss]%.[Aa]%.?", "usa" }, { "%f[%a][Uu]%.[Ss]%.?%f[^%w]", "us" },
  { "[Mm]/[Ss]%f[%A]", " mps " }, { "[Kk][Mm]/[Hh]%f[%A]", " kmh " }, { "&", " and " },
  { "%%", " percent " },
}

local marks = { [","] = "comma", ["("] = "comma", [")"] = "comma", [":"] = "comma",
  ["?"] = "end", ["!"] = "end", [";"] = "end", ["."] = "end", ["\n"] = "end" }

local suffixes = { d = true, m = true, re = true, ve = true, ll = true }

local function read_number(text, at)
  local body = text:match("^%d[%d,]*", at)
  local grouped = body:match("^%d%d?%d?,%d%d%d$") or body:match("^%d%d?%d?,%d%d%d,%d%d%d$")
  if not grouped then body = body:match("^%d+") end
  local stop = at + #body
  local fraction = text:match("^%.%d+", stop) or ""
  stop = stop + #fraction
  local digits = body:gsub(",", "") .. fraction
  local token = { kind = "number", w = body .. fraction, number = tonumber(digits) }
  local ending = text:match("^[snrt][tdh]%f[%A]", stop)
  if ending and fraction == "" then
    token.kind, stop = "ordinal", stop + 2
  end
  return token, stop
end

local function read_digits(text, at)
  local y, m, d = text:match("^(%d%d%d%d)[-/](%d%d?)[-/](%d%d?)%f[%D]", at)
  if y then
    local shown = text:match("^%d+[-/]%d+[-/]%d+", at)
    return { kind = "date", w = ("%s-%02d-%02d"):format(y, m, d) }, at + #shown
  end
  y, m = text:match("^(%d%d%d%d)%-(%d%d)%f[%D]", at)
  if y and tonumber(m) >= 1 and tonumber(m) <= 12 then
    return { kind = "month", w = y .. "-" .. m }, at + 7
  end
  return read_number(text, at)
end

local function read_word(text, at, tokens)
  local word = text:match("^[%w_\128-\255]+", at)
  local stop = at + #word
  local low = word:lower()
  local token = { kind = "word", w = low, raw = word }
  local ending = text:match("^'(%a*)", stop)
  if ending then
    stop = stop + 1 + #ending
    ending = ending:lower()
    if ending == "t" then
      token.w = low:gsub("n$", "")
      tokens[#tokens + 1] = token
      return { kind = "word", w = "not" }, stop
    end
    if ending ~= "s" and ending ~= "" and not suffixes[ending] then
      token.w = low .. "'" .. ending
    end
    token.owner = ending == "s" or ending == ""
  end
  return token, stop
end

local function read_symbol(text, at, tokens)
  local quoted = text:match('^"([^"\n]+)"', at)
  if quoted then return { kind = "quoted", w = quoted:lower(), raw = quoted }, at + #quoted + 2 end
  local relation = text:match("^[<>]=?", at) or text:match("^=+", at)
  if relation then return { kind = "word", w = relation }, at + #relation end
  local c = text:sub(at, at)
  if c == "-" then
    local joined = text:match("^%w", at - 1) and text:match("^%a", at + 1)
    if text:match("^%d", at + 1) and not text:match("^[%w]", at - 1) then
      local last = tokens[#tokens]
      if not (last and (last.kind == "number" or last.kind == "date")) then
        local token, stop = read_number(text, at + 1)
        token.number = -token.number
        return token, stop
      end
    end
    if joined then return nil, at + 1 end
    return { kind = "dash", w = "-" }, at + 1
  end
  if marks[c] then return { kind = marks[c], w = c }, at + 1 end
  if c:match("[%s'\"`*]") then return nil, at + 1 end
  return { kind = "word", w = c }, at + 1
end

function words.tokens(text)
  for _, pair in ipairs(replacements) do text = text:gsub(pair[1], pair[2]) end
  local tokens, at = {}, 1
  while at <= #text do
    local token
    if text:match("^%d", at) then
      token, at = read_digits(text, at)
    elseif text:match("^[%a_\128-\255]", at) then
      token, at = read_word(text, at, tokens)
    else
      token, at = read_symbol(text, at, tokens)
    end
    if token then tokens[#tokens + 1] = token end
  end
  return tokens
end

-- The word without a plural ending: "days" and "day" are one.
function words.stem(word)
  if #word > 4 and word:match("ies$") then return word:sub(1, -4) .. "y" end
  if #word > 4 and word:match("[sx]es$") then return word:sub(1, -3) end
  if #word > 3 and word:match("[^su]s$") then return word:sub(1, -2) end
  return word
end

-- The lower-case parts of a name such as "temp_max", "tempMax" or "Unit price (EUR)".
function words.parts(name)
  local split = name:gsub("(%l)(%u)", "%1 %2"):lower()
  local parts = {}
  for part in split:gmatch("[%w\128-\255]+") do parts[#parts + 1] = part end
  return parts
end

local function add(set, word, grade) if not set[word] then set[word] = grade end end

-- Every form a noun such as "rain", "fog" or "drizzle" takes: form -> "noun", "adjective", "verb",
-- "superlative" or "comparative".
function words.forms(noun)
  local set = { [noun] = "noun", [noun .. "s"] = "noun" }
  if not noun:match("^%a+$") or #noun < 3 then return set end
  local base, doubled = noun:gsub("e$", ""), nil
  if noun:match("[^aeiou][aeiou][bdgmnpt]$") then doubled = noun .. noun:sub(-1) end
  for _, root in ipairs { base, doubled } do
    add(set, root .. "y", "adjective")
    add(set, root .. "iest", "superlative")
    add(set, root .. "ier", "comparative")
    add(set, root .. "ed", "verb")
    add(set, root .. "ing", "verb")
  end
  return set
end

local small = { one = 1, two = 2, three = 3, four = 4, five = 5, six = 6, seven = 7, eight = 8,
  nine = 9, ten = 10, twelve = 12, twenty = 20, zero = 0 }
local places = { first = 1, second = 2, third = 3, fourth = 4, fifth = 5, sixth = 6, seventh = 7,
  eighth = 8, ninth = 9, tenth = 10 }

function words.number(token)
  if not token then return nil end
  if token.kind == "number" then return token.number end
  return token.kind == "word" and small[token.w] or nil
end

function words.ordinal(token)
  if not token then return nil end
  if token.kind == "ordinal" then return token.number end
  return token.kind == "word" and places[token.w] or nil
end

return words
