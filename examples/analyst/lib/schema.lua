-- What a csv.describe result says of a file, made ready for matching the words of a question.
local lexicon = require "lib.lexicon"
local nearest = require "lib.nearest"
local words = require "lib.words"

local schema = {}
schema.__index = schema

local groups_of = {}
for index, line in ipairs(lexicon.groups) do
  for word in line:gmatch("%S+") do
    groups_of[word] = groups_of[word] or {}
    groups_of[word][index] = true
  end
end

local endings = { s = true, es = true, ed = true, ing = true, er = true, ers = true, ings = true }
local joining = { ["and"] = true, ["of"] = true, ["the"] = true, ["in"] = true }

local function same_group(a, b)
  local first, second = groups_of[a] or groups_of[words.stem(a)], groups_of[b]
    or groups_of[words.stem(b)]
  for index in pairs(first or {}) do
    if second and second[index] then return true end
  end
  return false
end

local function inflected(a, b)
  local short, long = a, b
  if #short > #long then short, long = long, short end
  if #short < 4 then return false end
  if long:sub(1, #short) == short and endings[long:sub(#short + 1)] then return true end
  local root = short:match("^(.*)e$")
  return root ~= nil and long:sub(1, #root) == root and endings[long:sub(#root + 1)] == true
end

-- How well a word of a question fits a part of a name: 4 equal, 3 inflected, 2 a synonym, 1
-- misspelt.
function schema.fit(word, part)
  if word == part then return 4 end
  if words.stem(word) == words.stem(part) or inflected(word, part) then return 3 end
  if same_group(word, part) then return 2 end
  if #word >= 7 and #part >= 7 and nearest.distance(word, part) == 1 then return 1 end
  return nil
end

local function note_value(self, column, entry)
  if #entry.value < 2 then return end
  local low = entry.value:lower()
  local parts = words.parts(low)
  self.values[#self.values + 1] = { column = column, value = entry.value, parts = parts }
  if #parts ~= 1 then return end
  for form, grade in pairs(words.forms(parts[1])) do
    self.forms[form] = self.forms[form] or {}
    table.insert(self.forms[form], { column = column, value = entry.value, grade = grade })
  end
end

local function is_number(v) return type(v) == "number" end

local function read_column(self, entry)
  local column = { name = entry.name, type = entry.type, parts = {}, unit = entry.unit,
    min = entry.min, max = entry.max, distinct = entry.distinct, values = entry.values,
    decimals = is_number(entry.decimals) and entry.decimals or 2, grain = entry.each_row_is,
    means = entry.means, empty = entry.empty }
  for _, part in ipairs(words.parts(entry.name)) do
    if not joining[part] then column.parts[#column.parts + 1] = part end
  end
  column.adds_up = entry.adds_up
  if entry.adds_up == nil then
    for _, part in ipairs(column.parts) do
      if lexicon.amounts[part] then column.adds_up = true end
    end
    for _, part in ipairs(column.parts) do
      if part == "price" or part == "rate" or part == "mean" or part == "avg" then
        column.adds_up = false
      end
    end
  end
  self.columns[#self.columns + 1] = column
  for _, value in ipairs(type(entry.values) == "table" and entry.values or {}) do
    if type(value) == "table" and type(value.value) == "string" then
      note_value(self, column, value)
    end
  end
  if column.type == "date" and type(column.min) == "string"
    and (not self.date or (column.distinct or 0) > (self.date.distinct or 0)) then
    self.date = column
  end
end

-- Nil when the result is not what csv.describe gives.
function schema.new(file, description)
  if type(description) ~= "table" or type(description.columns) ~= "table" then return nil end
  local self = setmetatable({ file = file, rows = tonumber(description.rows) or 0, columns = {},
    values = {}, forms = {}, date = nil, file_words = {} }, schema)
  for _, entry in ipairs(description.columns) do
    if type(entry) == "table" and type(entry.name) == "string" then read_column(self, entry) end
  end
  if #self.columns == 0 then return nil end
  self.file_words = schema.words_of_file(self.file)
  self.grain = self.date and self.date.grain or "row"
  return self
end

function schema.words_of_file(name)
  return words.parts((tostring(name):gsub("%.[Cc][Ss][Vv]$", "")))
end

-- Whether a word belongs to the file's name.
function schema.names_file(file_words, word)
  for _, part in ipairs(file_words) do
    local grade = schema.fit(word, part)
    if grade and grade >= 2 then return true end
  end
  return false
end

-- How the words fit a column: {grade, full} or nil when one of them fits no part of its name.
local function match(column, content)
  if #content > #column.parts then return nil end
  local used, lowest = {}, 4
  for _, word in ipairs(content) do
    local best, best_at
    for at, part in ipairs(column.parts) do
      local grade = not used[at] and schema.fit(word, part)
      if grade and (not best or grade > best) then best, best_at = grade, at end
    end
    if not best then return nil end
    used[best_at] = true
    lowest = math.min(lowest, best)
  end
  return { grade = lowest, full = #content == #column.parts }
end

-- The columns that these words name best; empty when none. A column whose whole name is given goes
-- before one that is named in part, an equal word before a synonym.
function schema:match(content)
  local best, found = 0, {}
  for _, column in ipairs(self.columns) do
    local fits = match(column, content)
    local score = fits and fits.grade + (fits.full and 10 or 0) or 0
    if score > best then best, found = score, {} end
    if score > 0 and score == best then found[#found + 1] = column end
  end
  return found, best >= 10
end

-- The column with exactly this name.
function schema:named(name)
  for _, column in ipairs(self.columns) do
    if column.name:lower() == name then return column end
  end
  return nil
end

-- The columns of numbers that a concept of the lexicon ("rain", "high") stands for.
function schema:of_concept(concept)
  for _, pattern in ipairs(lexicon.concepts[concept] or {}) do
    local wanted, found = {}, {}
    for stem in pattern:gmatch("[^+]+") do wanted[#wanted + 1] = stem end
    for _, column in ipairs(self.columns) do
      if column.type == "number" and match(column, wanted) then found[#found + 1] = column end
    end
    if #found > 0 then return found end
  end
  return {}
end

-- The number columns' names, for messages.
function schema:number_names()
  local names = {}
  for _, column in ipairs(self.columns) do
    if column.type == "number" then names[#names + 1] = column.name end
  end
  return names
end

return schema
