-- One step of the conversation: from what was said and what tools answered to calls or an answer.
local asking = require "lib.asking"
local choice = require "lib.choice"
local features = require "lib.features"
local format = require "lib.format"
local meta = require "lib.meta"
local question = require "lib.question"
local schema = require "lib.schema"
local solve = require "lib.solve"
local solve_pair = require "lib.solve_pair"
local solve_value = require "lib.solve_value"
local thinking = require "lib.thinking"
local work = require "lib.work"

local converse = {}

local solvers = {
  groups = solve.extreme_group, rows = solve.extreme_row, value = solve_value.single,
  share = solve_value.share, count_groups = solve_value.count_groups, list = solve_value.list,
  mean_of_groups = solve_value.mean_of_groups, breakdown = solve_value.breakdown,
  edge = solve_value.edge, kinds = solve_value.kinds, compare = solve_pair.compare,
  change = solve_pair.change, ends = solve_pair.ends, step = solve_pair.step,
}

-- The texts the user sent, and what the assistant last said before the newest of them.
local function said(messages)
  local turns, answer, before = {}, nil, nil
  for _, message in ipairs(messages or {}) do
    local texts = {}
    for _, part in ipairs(message.parts or {}) do
      if part.type == "text" and type(part.text) == "string" then texts[#texts + 1] = part.text end
    end
    local text = table.concat(texts, "\n")
    if message.role == "user" then
      turns[#turns + 1], before = text, answer
    elseif message.role == "assistant" and text:match("%S") then
      answer = text
    end
  end
  return turns, before
end

local function file_names(W)
  if not W:has("files.list") then
    return W:fail("it takes the tool files.list, which I was not given")
  end
  local listing = W:need("files.list", {})
  if not listing then return nil end
  local names = {}
  for _, file in ipairs(type(listing.files) == "table" and listing.files or {}) do
    if type(file) == "table" and type(file.name) == "string" then names[#names + 1] = file.name end
  end
  return names
end

-- A function that gives the schema of a file from its description, made once a step.
local function describer(W)
  local known = {}
  return function(name)
    if known[name] then return known[name] end
    local failed = W.failed
    local description = W:need("csv.describe", { file = name })
    if description then
      known[name] = schema.new(name, description)
      if known[name] then return known[name] end
      return nil, "the description of " .. name .. " cannot be read"
    end
    if W.failed and not failed then
      local reason = W.failed
      W.failed = nil
      return nil, reason
    end
    return nil
  end
end

-- Splits a turn: the clauses that ask, whether it asks to save, whether it is about the files.
local function dissect(text, files)
  local bare, named = choice.without_names(text, files)
  local tokens = question.tokens(bare)
  local turn = { tokens = tokens, clauses = {}, named = named }
  for _, clause in ipairs(question.clauses(tokens)) do
    local save = question.save_request(clause)
    if save then
      turn.save = save
    elseif not question.only_idle(clause) then
      turn.clauses[#turn.clauses + 1] = clause
    end
  end
  if #turn.clauses == 1 and (files[1] or named) then
    turn.meta = meta.kind(turn.clauses[1], files)
  end
  return turn
end

local function with_subject(query, subject)
  if not query.scope_it then return query end
  if not subject or subject.several or not (subject.period or subject.where) then
    features.refuse("I cannot tell which period it refers back to")
  end
  local other = {}
  for key, value in pairs(query) do other[key] = value end
  other.scope, other.where = subject.period, table.move(query.where, 1, #query.where, 1, {})
  for _, condition in ipairs(subject.where or {}) do table.insert(other.where, condition) end
  return other
end

local function refers_back(query)
  if query.scope_it then return true end
  for _, operand in ipairs(query.operands or {}) do
    if operand.kind == "it" then return true end
  end
  return false
end

local function solve_one(W, data, query, subject)
  query = with_subject(query, subject)
  local note = query.scope and asking.check_period(data, query.scope) or nil
  local solution = solvers[query.kind](W, data, query, subject)
  if not solution then return nil end
  local notes = table.move(query.notes or {}, 1, #(query.notes or {}), 1, {})
  if note then table.insert(notes, note) end
  for _, text in ipairs(notes) do
    solution.text = solution.text .. (solution.text:find("\n") and "\n" or " ")
      .. format.sentence(text)
  end
  return solution
end

-- Solves the queries in their order; those that do not refer back do not wait for others.
local function solve_all(W, data, queries, subject)
  local texts, complete = {}, true
  for _, query in ipairs(queries) do
    local waits = not complete and refers_back(query)
    local solution = not waits and solve_one(W, data, query, subject) or nil
    if solution then
      texts[#texts + 1] = solution.text
      subject = solution.subject or subject
    else
      complete = false
    end
  end
  return texts, complete, subject
end

local function read_turn(files, described, turn, before)
  if #turn.clauses == 0 or turn.meta then return nil end
  return choice.choose(files, described, { tokens = turn.tokens, clauses = turn.clauses,
    named = turn.named, before = before })
end

-- What the turns before the newest were about: the file, the last query and, when needed, its
-- winner.
local function history(W, turns, files, described)
  local before
  for i = 1, #turns - 1 do
    local turn = dissect(turns[i], files)
    local found = read_turn(files, described, turn, before)
    if found then
      local earlier = before
      before = { data = found.data, query = found.queries[#found.queries] }
      before.subject = function()
        local given = earlier and earlier.subject or function() return nil end
        local needs = refers_back(found.queries[1])
        local ok, _, _, subject = pcall(solve_all, W, found.data, found.queries, needs and given()
          or nil)
        return ok and subject or nil
      end
    end
  end
  return before
end

local function decline(failure, data)
  local reason = failure.declined
  data = failure.data or data
  if failure.unknown then
    local quoted = {}
    for i, word in ipairs(failure.unknown) do quoted[i] = '"' .. word .. '"' end
    reason = ("I do not know what %s %s here%s"):format(format.list(quoted),
      #quoted == 1 and "means" or "mean", data and (" (the nearest file is " .. data.file .. ")")
        or "")
  end
  local hint = data and ("You could ask: " .. meta.example(data))
    or "Ask about a column of one of the files, for a period or a value in it."
  return "I can't answer that: " .. reason .. ". " .. hint
end

local function about_files(kind, files, described, turn)
  if kind == "files" or kind == "help" then
    local text = meta.files(files)
    if kind == "help" then
      text = text
        .. " Ask for extremes, means, totals, medians, counts, shares, changes and comparisons of"
        .. " their columns, for a period or a value."
    end
    return text
  end
  local names, score = choice.by_name(files, turn.tokens)
  if turn.named then names = { turn.named } elseif score == 0 then names = files end
  local texts, missing = {}, false
  for _, name in ipairs(names) do
    local data, reason = described(name)
    missing = missing or not (data or reason)
    texts[#texts + 1] = data and meta[kind](data) or reason
  end
  if missing then return nil end
  return table.concat(texts, "\n")
end

local function saved(W, turn, text, title)
  local args = { title = turn.save.title or title, text = text }
  local result = W:need("notes.save", args)
  if result then return ("%s\nSaved as %s."):format(text, tostring(result.path or "a note")) end
  if W.failed then
    local reason = W.failed
    W.failed = nil
    return ("%s\nI could not save it: %s."):format(text, reason)
  end
  return nil
end

local function title_of(text)
  local short = text:gsub("%s+", " "):match("^%s*([^%?%.!]*)"):sub(1, 70)
  short = short:gsub(",?%s*and%s+save.*$", ""):gsub("%s+$", "")
  return short ~= "" and short or "Answer"
end

local function finish(W, turn, text, turns)
  if not turn.save then return { text = text, reasoning = thinking.done(W.made) } end
  local whole = saved(W, turn, text, title_of(turns[#turns]))
  if whole then return { text = whole, reasoning = thinking.done(W.made) } end
  return { calls = W:calls(), reasoning = thinking.saving() }
end

local function waiting(W, reasoning)
  if W.failed then
    return { text = decline { declined = W.failed }, reasoning = "A tool gave no result." }
  end
  if W.mending then reasoning = thinking.mend(W.mending) end
  return { calls = W:calls(), reasoning = reasoning }
end

local function look_reasoning(W, files)
  local wanted = {}
  for _, call in ipairs(W.pending) do
    if call.args.file then wanted[#wanted + 1] = call.args.file end
  end
  return thinking.look_at(files, wanted)
end

local function save_only(W, turn, turns, before)
  if not before then
    return { text = "I can't answer that: there is no answer yet to save.",
      reasoning = "There is nothing to save." }
  end
  return finish(W, turn, before, { title_of(turns[#turns - 1] or "") })
end

local function answer_question(W, turns, turn, files, described)
  local before = history(W, turns, files, described)
  if #W.pending > 0 then return waiting(W, look_reasoning(W, files)) end
  local found, failure = read_turn(files, described, turn, before)
  if not found and not failure then return waiting(W, look_reasoning(W, files)) end
  if not found then
    return { text = decline(failure),
      reasoning = "I have no sure reading of this question, so I say so." }
  end
  local subject = before and refers_back(found.queries[1]) and before.subject() or nil
  local ok, texts, complete = pcall(solve_all, W, found.data, found.queries, subject)
  if not ok then
    if type(texts) ~= "table" then error(texts, 0) end
    return { text = decline(texts, found.data), reasoning = "The data do not allow an answer." }
  end
  if not complete then
    return waiting(W, thinking.plan(found.data, found.queries, texts, #W.pending))
  end
  return finish(W, turn, table.concat(texts, found.queries[2] and "\n" or ""), turns)
end

-- The next step for a request: {reasoning, text} or {reasoning, calls}.
function converse.step(request)
  local W = work.new(request)
  local turns, answer = said(request.messages)
  if #turns == 0 or not turns[#turns]:match("%S") then
    return { text = "Ask me about the CSV files in the data folder.",
      reasoning = "Nothing was asked." }
  end
  local saving = dissect(turns[#turns], {})
  if saving.save and #saving.clauses == 0 then return save_only(W, saving, turns, answer) end
  local files = file_names(W)
  if not files then return waiting(W, thinking.first_look()) end
  local described, turn = describer(W), dissect(turns[#turns], files)
  if turn.meta then
    local text = about_files(turn.meta, files, described, turn)
    if not text then return waiting(W, look_reasoning(W, files)) end
    return finish(W, turn, text, turns)
  end
  if #turn.clauses == 0 then
    return { text = meta.files(files) .. " Ask me something about them.",
      reasoning = "Nothing was asked." }
  end
  return answer_question(W, turns, turn, files, described)
end

return converse
