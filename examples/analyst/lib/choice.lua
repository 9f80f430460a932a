-- Chooses the file a question is about: by its name, else by whose columns the question fits.
local lexicon = require "lib.lexicon"
local question = require "lib.question"
local schema = require "lib.schema"

local choice = {}

local files_max, clauses_max = 8, 6

local function plain(text) return (text:gsub("%p", "%%%0")) end

-- The text without the names of files written out, and the file that was named so.
function choice.without_names(text, files)
  local named
  for _, file in ipairs(files) do
    local base = file:gsub("%.[Cc][Ss][Vv]$", "")
    local found = 0
    for _, form in ipairs { "data/" .. file, file, base } do
      if form ~= base or base:find("[-_]") then
        local count
        text, count = text:gsub(plain(form), " ")
        found = found + count
      end
    end
    if found > 0 then named = file end
  end
  return text, named
end

-- How many different words of the question are in the file's name.
local function name_score(file, tokens)
  local file_words, seen, score = schema.words_of_file(file), {}, 0
  for _, token in ipairs(tokens) do
    local counts = token.kind == "word" and not lexicon.idle[token.w] and not seen[token.w]
    if counts and schema.names_file(file_words, token.w) then
      seen[token.w] = true
      score = score + 1
    end
  end
  return score
end

-- The files with the most words of the question in their names; all of them where none has any.
function choice.by_name(files, tokens)
  local best, found = 0, {}
  for _, file in ipairs(files) do
    local score = name_score(file, tokens)
    if score > best then best, found = score, {} end
    if score == best then found[#found + 1] = file end
  end
  return found, best
end

-- Reads the clauses against one file: the queries, or nil and the reason.
local function try(data, clauses, before)
  local queries = {}
  if #clauses > clauses_max then
    return nil, { declined = ("it holds more than %d questions: ask them one after the other")
      :format(clauses_max), data = data }
  end
  local last = before and before.data == data and before.query or nil
  for i, clause in ipairs(clauses) do
    local query, failure = question.clause(clause, data, last)
    if not query then
      failure.data = data
      return nil, failure
    end
    queries[i], last = query, query
  end
  return queries
end

local function take(reads, before)
  local fitting = {}
  for _, read in ipairs(reads) do
    if read.queries then fitting[#fitting + 1] = read end
  end
  if #fitting == 1 then return fitting[1] end
  for _, read in ipairs(fitting) do
    if before and read.data == before.data then return read end
  end
  if #fitting == 0 then return nil end
  local names = {}
  for i, read in ipairs(fitting) do names[i] = read.data.file end
  return nil, { declined = "it could be about several files (" .. table.concat(names, ", ")
    .. "): name one of them" }
end

-- The failure that tells most: the one with the fewest unknown words.
local function nearest_failure(reads)
  local best
  for _, read in ipairs(reads) do
    local size = read.failure.unknown and #read.failure.unknown or read.data and 0 or 99
    if not best or size < best.size then best = { size = size, failure = read.failure } end
  end
  return best and best.failure or { declined = "no file can be read" }
end

local function read_all(described, names, clauses, before)
  local reads, missing = {}, false
  for i = 1, math.min(#names, files_max) do
    local data, reason = described(names[i])
    if data then
      local queries, failure = try(data, clauses, before)
      reads[#reads + 1] = { data = data, queries = queries, failure = failure }
    elseif reason then
      reads[#reads + 1] = { failure = { declined = reason } }
    else
      missing = true
    end
  end
  return reads, missing
end

-- {data, queries}; or nil while a description is missing; or nil and a failure. `described(name)`
-- gives a file's schema, nil while it is missing, or nil and a reason.
function choice.choose(files, described, ask)
  if #files == 0 then return nil, { declined = "there is no CSV file to look into" } end
  local names, score = choice.by_name(files, ask.tokens)
  if ask.named then names, score = { ask.named }, 1 end
  if score == 0 and ask.before then names = { ask.before.data.file } end
  local reads, missing = read_all(described, names, ask.clauses, ask.before)
  if missing then return nil end
  local found, several = take(reads, ask.before)
  if found or several then return found, several end
  local failure = nearest_failure(reads)
  if ask.named or #names == #files then return nil, failure end
  reads, missing = read_all(described, files, ask.clauses, ask.before)
  if missing then return nil end
  found, several = take(reads, ask.before)
  if found or several then return found, several end
  return nil, score > 0 and failure or nearest_failure(reads)
end

return choice
