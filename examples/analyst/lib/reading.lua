-- Reads a clause word by word: every token becomes part of an annotation or is reported as unknown.
local lexicon = require "lib.lexicon"
local schema = require "lib.schema"
local spans = require "lib.spans"
local words = require "lib.words"

local reading = {}

local window_max = 7
local inner = { ["and"] = true, ["of"] = true, ["the"] = true, ["in"] = true }

local phrases = {}
for _, entry in ipairs(lexicon.phrases) do
  local list = {}
  for word in entry[1]:gmatch("%S+") do list[#list + 1] = word end
  phrases[list[1]] = phrases[list[1]] or {}
  table.insert(phrases[list[1]], { words = list, mark = entry[2] })
end
for _, list in pairs(phrases) do
  table.sort(list, function(a, b) return #a.words > #b.words end)
end

local adjectives = {}
for _, line in ipairs(lexicon.adjectives) do
  local grade = 1
  for form in line[1]:gmatch("%S+") do
    local name = ({ "positive", "cmp", "sup" })[grade]
    if form ~= "-" then adjectives[form] = { kind = name, concept = line[2], dir = line[3] } end
    grade = grade + 1
  end
end

local function put(state, ann, from, to)
  ann.from, ann.to = from, to
  for i = from, to do state.taken[i] = ann end
  state.anns[#state.anns + 1] = ann
  return ann
end

local function free(state, from, to)
  for i = from, to do
    if state.taken[i] then return false end
  end
  return true
end

-- The content words of a window, or nil when it cannot be the name of something.
local function content_of(state, from, to)
  local content = {}
  for i = from, to do
    local token = state.tokens[i]
    if token.kind == "comma" then
      if i == from or i == to then return nil end
    elseif token.kind ~= "word" then
      return nil
    elseif inner[token.w] then
      if i == from or i == to then return nil end
    else
      content[#content + 1] = token.w
    end
  end
  return content
end

local function has_comma(state, from, to)
  for i = from, to do
    if state.tokens[i].kind == "comma" then return true end
  end
  return false
end

local function value_of(state, content)
  local joined = table.concat(content, " ")
  for _, value in ipairs(state.schema.values) do
    if table.concat(value.parts, " ") == joined then return value end
  end
  return nil
end

local function long_names(state)
  for size = window_max, 2, -1 do
    for from = 1, #state.tokens - size + 1 do
      local to = from + size - 1
      local content = free(state, from, to) and content_of(state, from, to)
      if content and #content >= 2 then
        local value = value_of(state, content)
        local columns, full = state.schema:match(content)
        if value and not full then
          put(state, { kind = "cat", column = value.column, value = value.value }, from, to)
        elseif #columns > 0 and (full or not has_comma(state, from, to)) then
          put(state, { kind = "col", columns = columns, full = full }, from, to)
        end
      end
    end
  end
end

local function literal_names(state)
  for i, token in ipairs(state.tokens) do
    local named = (token.kind == "quoted" or token.kind == "word" and token.w:find("_", 1, true))
      and state.schema:named(token.w)
    if named then put(state, { kind = "col", columns = { named }, full = true }, i, i) end
    if token.kind == "quoted" and not named then
      for _, value in ipairs(state.schema.values) do
        if value.value:lower() == token.w and not state.taken[i] then
          put(state, { kind = "cat", column = value.column, value = value.value }, i, i)
        end
      end
    end
  end
end

local function multi(state, find)
  local i = 1
  while i <= #state.tokens do
    local ann, stop
    if not state.taken[i] then ann, stop = find(state.tokens, i) end
    if ann and free(state, i, stop) then
      put(state, ann, i, stop)
      i = stop
    end
    i = i + 1
  end
end

local function marks(state)
  for i, token in ipairs(state.tokens) do
    for _, phrase in ipairs(token.kind == "word" and phrases[token.w] or {}) do
      local to = i + #phrase.words - 1
      local fits = to <= #state.tokens and free(state, i, to)
        and (phrase.mark ~= "tail" or to == #state.tokens)
      for k, word in ipairs(phrase.words) do
        if fits and (state.tokens[i + k - 1].kind ~= "word"
          or state.tokens[i + k - 1].w ~= word) then
          fits = false
        end
      end
      if fits then
        put(state, { kind = "mark", mark = phrase.mark }, i, to)
        break
      end
    end
  end
end

local function unit_of(word)
  for unit, forms in pairs(lexicon.units) do
    if forms[word] then
      return unit, word:match("ly$") ~= nil
    end
  end
  return nil
end

-- What a single word is by the lexicon alone.
local function lexical(state, i)
  local word = state.tokens[i].w
  for dir, set in pairs(lexicon.superlatives) do
    if set[word] then return { kind = "sup", dir = dir, generic = true } end
  end
  for dir, set in pairs(lexicon.comparatives) do
    if set[word] then return { kind = "cmp", dir = dir, generic = true } end
  end
  for fn, set in pairs(lexicon.functions) do
    if set[word] then return { kind = "fn", fn = fn, word = word } end
  end
  for dir, set in pairs(lexicon.changes) do
    if set[word] then return { kind = "change", dir = dir } end
  end
  local unit, adjective = unit_of(word)
  if unit then
    return { kind = "unit", unit = unit, adjective = adjective, owner = state.tokens[i].owner,
      plural = word:match("s$") ~= nil }
  end
  local rank = words.ordinal(state.tokens[i])
  if rank then return { kind = "rank", rank = rank } end
  return nil
end

-- A word that names something in the data: a value, a column or the file.
local function named(state, i)
  local word = state.tokens[i].w
  local forms = state.schema.forms[word]
  local columns, full = {}, false
  if #word >= 3 then columns, full = state.schema:match { word } end
  local adjective = adjectives[word]
  local value = forms and forms[1]
  if forms and #forms > 1 then
    return { kind = "cat", several = forms, column = value.column, value = value.value }
  end
  if adjective then
    local ann = { kind = adjective.kind, concept = adjective.concept, dir = adjective.dir }
    if value then ann.cat = { column = value.column, value = value.value } end
    if ann.kind == "positive" and value then
      return { kind = "cat", column = value.column, value = value.value }
    end
    return ann
  end
  if value and value.grade == "superlative" then
    return { kind = "sup", dir = "max", cat = { column = value.column, value = value.value } }
  end
  if value and value.grade == "comparative" then
    return { kind = "cmp", dir = "max", cat = { column = value.column, value = value.value } }
  end
  if value and (#columns == 0 or value.grade == "adjective") then
    return { kind = "cat", column = value.column, value = value.value }
  end
  if #columns > 0 and (full or #word >= 3) then
    return { kind = "col", columns = columns, full = full, word = word,
      cat = value and { column = value.column, value = value.value } }
  end
  return nil
end

local function refused(word)
  for _, entry in ipairs(lexicon.refused) do
    if entry[2][word] then return entry[1] end
  end
  return nil
end

local function singles(state)
  for i, token in ipairs(state.tokens) do
    if not state.taken[i] and token.kind == "comma" then
      put(state, { kind = "comma" }, i, i)
    elseif not state.taken[i] and (token.kind == "word" or token.kind == "ordinal") then
      local ann = lexical(state, i)
      if not ann and token.kind == "word" and not lexicon.idle[token.w] then
        ann = named(state, i)
      end
      if ann then put(state, ann, i, i) end
    elseif not state.taken[i] and token.kind == "number" then
      put(state, { kind = "number", number = token.number }, i, i)
    end
  end
end

local function leftovers(state)
  for i, token in ipairs(state.tokens) do
    if not state.taken[i] then
      local last = state.taken[i - 1]
      local word = token.w
      if last and last.kind == "col" and lexicon.trailing[word] then
        last.to, state.taken[i] = i, last
      elseif schema.names_file(state.schema.file_words, word) then
        put(state, { kind = "file" }, i, i)
      elseif lexicon.units_of_measure[word] and #word > 1 then
        put(state, { kind = "measure", unit = lexicon.units_of_measure[word] }, i, i)
      elseif token.kind == "word" and lexicon.idle[word] then
        put(state, { kind = "idle", word = word }, i, i)
      elseif refused(word) then
        state.refusal = state.refusal or { word = token.raw or word, reason = refused(word) }
      else
        state.unknown[#state.unknown + 1] = token.raw or word
      end
    end
  end
end

-- "At its lowest" and "reach its peak" refer to nothing before; "in terms of" says nothing.
local function empty_marks(state)
  for _, ann in ipairs(state.anns) do
    local after = state.taken[ann.to + 1]
    local beyond = after and state.taken[after.to + 1]
    local reflexive = ann.mark == "it" and after and after.kind == "sup"
      and not (beyond and (beyond.kind == "col" or beyond.kind == "fn"))
    if ann.mark == "nothing" or reflexive then
      ann.kind, ann.mark, ann.word = "idle", nil, "its"
    end
  end
end

-- The annotations of a clause in their order, the words nothing is known of, and what refuses it.
function reading.read(tokens, data)
  local state = { tokens = tokens, schema = data, taken = {}, anns = {}, unknown = {} }
  literal_names(state)
  long_names(state)
  multi(state, spans.condition)
  multi(state, spans.period)
  marks(state)
  singles(state)
  for i, token in ipairs(tokens) do
    local number = not state.taken[i] and token.kind == "word" and words.number(token)
    if number then put(state, { kind = "number", number = number }, i, i) end
  end
  leftovers(state)
  empty_marks(state)
  table.sort(state.anns, function(a, b) return a.from < b.from end)
  return state
end

return reading
