-- From the text of a question and the columns of a file to queries, or to a plain reason why not.
local features = require "lib.features"
local followup = require "lib.followup"
local frames = require "lib.frames"
local frames_pair = require "lib.frames_pair"
local frames_value = require "lib.frames_value"
local measure = require "lib.measure"
local reading = require "lib.reading"
local words = require "lib.words"

local question = {}

local function set(text)
  local found = {}
  for word in text:gmatch("%S+") do found[word] = true end
  return found
end

local heads = set [[
  which what how when did does was were is are compare save store write note put make keep count
  list show tell give find
]]
local tails = set [[
  when when_was_that when_was_it when_did_it_happen how_much how_much_was_it how_much_was_that
  what_was_it by_how_much on_which_day on_what_day how_many
]]
local leads = set "and then also or but so please ok okay"

local greetings = set "please thanks thank you hello hi hey ok okay so well much and"

local function rest_of(tokens, from)
  local list = {}
  for i = from, #tokens do
    if tokens[i].kind == "end" then break end
    list[#list + 1] = tokens[i].w
  end
  return table.concat(list, "_")
end

local openings = set "in on during between from for since after before of over"

-- "In 2012 and 2013, how many days …": what stands before the comma asks nothing yet.
local function sets_the_scene(clause)
  if not openings[clause[1].w] then return false end
  for _, token in ipairs(clause) do
    if heads[token.w] then return false end
  end
  return true
end

-- Whether a new clause starts at token `i`: after a comma or "and", at a word that asks.
local function starts_clause(tokens, i, clause)
  local at, token = i, tokens[i]
  if token.kind ~= "comma" and token.w ~= "and" then return false end
  if sets_the_scene(clause) then return false end
  while tokens[at] and (tokens[at].kind == "comma" or leads[tokens[at].w]) do at = at + 1 end
  if not tokens[at] or not heads[tokens[at].w] then
    local by_how = tokens[at] and tokens[at].w == "by" and tokens[at + 1]
      and tokens[at + 1].w == "how"
    return false, by_how
  end
  return not tails[rest_of(tokens, at)]
end

-- The clauses of a text, each a list of tokens.
function question.clauses(tokens)
  local list, clause = {}, {}
  local function close()
    if #clause > 0 then list[#list + 1] = clause end
    clause = {}
  end
  for i, token in ipairs(tokens) do
    if token.kind == "end" then
      close()
    else
      if #clause > 0 and starts_clause(tokens, i, clause) then close() end
      if token.kind ~= "comma" or #clause > 0 then clause[#clause + 1] = token end
    end
  end
  close()
  return list
end

local saving = set "save store note write keep put make"
local save_words = set [[
  save store note notes write keep put make that this it the answer result as a an in to into down
  please and also me us for of can you could then file results answers
]]

-- "save that as a note called X": {title}; nil when the clause is something else.
function question.save_request(clause)
  local saves = false
  for i, token in ipairs(clause) do
    if saves and (token.w == "called" or token.w == "titled" or token.w == "named")
      and clause[i + 1] then
      local title = {}
      for k = i + 1, #clause do title[#title + 1] = clause[k].raw or clause[k].w end
      return { title = table.concat(title, " ") }
    end
    if not save_words[token.w] then return nil end
    if saving[token.w] then saves = true end
  end
  return saves and {} or nil
end

local function falls(ann, F)
  for i = ann.from, ann.to do
    local w = F.tokens[i].w
    if w == "fell" or w == "fall" or w == "fallen" then return true end
  end
  return false
end

-- Rain falls: in "how much rain fell in 2013" the verb tells of no change.
local function drop_falling_rain(F)
  local change = F:first("change", function(ann) return falls(ann, F) end)
  if not change then return end
  local wet = #F.cats > 0
  for _, ann in ipairs(measure.number_columns(F)) do
    for _, column in ipairs(F.schema:of_concept("rain")) do
      if ann.columns[1] == column then wet = true end
    end
  end
  local plain = F:mark("how_much") or F:mark("how_many") or F:mark("when") or F:first("unit")
  if wet and plain then F:claim(change) end
end

local whether = set "was were is are did does has have"

-- "Was there any snow in 2015?": a count tells.
local function asks_whether(F)
  return whether[F.tokens[1].w] and #F.cats > 0 and #measure.number_columns(F) == 0
    and not F:first("fn") and not F:first("unit")
end

local function asks_which(F)
  return F:has_word("which") or F:has_word("what")
end

local function choose(F)
  local sup, change = F:first("sup"), F:first("change")
  if F:mark("common") or F:mark("rare") then return frames.common(F) end
  if F:mark("kinds") or F:mark("how_many_kinds") then return frames_value.kinds(F) end
  if change and sup then return frames.step(F) end
  if change then return frames_pair.change(F) end
  if frames_value.is_breakdown(F) then return frames_value.breakdown(F) end
  if frames_pair.is_comparison(F) then return frames_pair.compare(F) end
  if sup or F:mark("top") then return frames.extreme(F) end
  if F:mark("share") then return frames.share(F) end
  if F:mark("how_many") or F:mark("how_many_times") then
    return frames.count(F) or frames_value.value(F)
  end
  if F:first("rank") then return frames_value.edge(F) end
  if asks_whether(F) then return frames.count(F, true) end
  local unit = F:first("unit", function(ann) return not ann.adjective end)
  local conditions = #F.where > 0 or #F.cats > 0 or F:first("cond")
  local figure = F:first("fn") or #measure.number_columns(F) > 0
  if F:mark("list") or conditions and not figure and (unit and asks_which(F) or F:mark("when")) then
    return frames_value.list(F)
  end
  return frames_value.value(F)
end

local function start(tokens, data)
  local state = reading.read(tokens, data)
  if state.refusal then
    features.refuse(("\"%s\": %s"):format(state.refusal.word, state.refusal.reason))
  end
  if #state.unknown > 0 then
    error({ declined = "unknown", unknown = state.unknown }, 0)
  end
  local F = features.new(state)
  F:bind_conditions()
  F:check_alternatives()
  F:bind_values()
  F:bind_periods()
  measure.bind_positives(F)
  drop_falling_rain(F)
  return F
end

local function filtered(query)
  if query.operands and query.operands[1].kind == "where" then return true end
  return query.kind ~= "groups" and #(query.where or {}) > 0
end

-- "In mm": fine when the column is in that unit.
local function settle(F, query)
  for _, ann in ipairs(F:all("measure")) do
    F:claim(ann)
    if query.column then F:check_unit(query.column, ann.unit) end
  end
  -- "on rainy days": the noun of a condition on rows.
  if filtered(query) then
    F:take("unit", function(ann) return not ann.adjective and measure.is_row(F, ann.unit) end)
  end
  F:finish()
  return query
end

local function fresh(tokens, data)
  local F = start(tokens, data)
  local query = choose(F)
  query.notes = F.notes
  return settle(F, query)
end

local function merged(tokens, data, before)
  local F = start(tokens, data)
  return settle(F, followup.merge(F, before))
end

local asking = set "which what how when did was were is who does"

local function leaning(tokens, data)
  local first, second = tokens[1] and tokens[1].w, tokens[2] and tokens[2].w
  if leads[first] and (second == "what" or second == "how") then
    first, second = second, tokens[3].w
  end
  if (first == "what" or first == "how") and second == "about" then return true end
  local bare = true
  for _, token in ipairs(tokens) do
    if asking[token.w] then bare = false end
  end
  if bare and leads[first] then return true end
  local state = reading.read(tokens, data)
  local sup, place = false, false
  for _, ann in ipairs(state.anns) do
    if ann.kind == "sup" then sup = true end
    if ann.kind == "unit" or ann.kind == "col" or ann.mark == "when" then place = true end
  end
  return sup and not place
end

local function inherit(query, before, tokens)
  local open = not query.scope and not query.scope_it and before and before.scope
  if not open or not leads[tokens[1].w] then return end
  if query.kind == "compare" or query.kind == "change" or query.kind == "kinds" then return end
  query.scope, query.also_calendar = before.scope, nil
end

-- One clause: its query, or nil and why not: {declined, unknown?}.
function question.clause(tokens, data, before)
  if #tokens > 120 then return nil, { declined = "it is too long for me" } end
  local tries = { function() return fresh(tokens, data) end }
  if before then
    local at = leaning(tokens, data) and 1 or 2
    table.insert(tries, at, function() return merged(tokens, data, before) end)
  end
  local failure
  for _, try in ipairs(tries) do
    local ok, result = pcall(try)
    if ok and result then
      inherit(result, before, tokens)
      return result
    end
    if not ok and type(result) ~= "table" then error(result, 0) end
    if not ok then failure = failure or result end
  end
  return nil, failure or { declined = "I do not see what it asks for" }
end

-- Whether a clause only greets or thanks.
function question.only_idle(clause)
  for _, token in ipairs(clause) do
    if token.kind ~= "comma" and not greetings[token.w] then return false end
  end
  return true
end

function question.tokens(text) return words.tokens(text) end

return question
