-- What a clause holds, ready to be claimed piece by piece: whatever no frame claims makes the
-- question
-- one that is declined, so nothing a person said is passed over.
local periods = require "lib.periods"
local schema = require "lib.schema"

local features = {}
features.__index = features

local harmless = { idle = true, comma = true, file = true }
local counterpart = { max = { max = true, high = true, maximum = true },
  min = { min = true, low = true, minimum = true } }

-- A refusal travels as an error value, so that any depth of the reading can give up plainly.
function features.refuse(reason)
  error({ declined = reason }, 0)
end

function features.new(state)
  local self = setmetatable({ anns = state.anns, tokens = state.tokens, schema = state.schema,
    claimed = {}, notes = {}, where = {}, scope = {}, cats = {} }, features)
  return self
end

function features:note(text) self.notes[#self.notes + 1] = text end

function features:all(kind, test)
  local found = {}
  for _, ann in ipairs(self.anns) do
    if ann.kind == kind and not self.claimed[ann] and (not test or test(ann)) then
      found[#found + 1] = ann
    end
  end
  return found
end

function features:first(kind, test) return self:all(kind, test)[1] end

function features:claim(ann)
  if ann then self.claimed[ann] = true end
  return ann
end

function features:take(kind, test) return self:claim(self:first(kind, test)) end

function features:mark(name)
  return self:first("mark", function(ann) return ann.mark == name end)
end

function features:take_mark(name) return self:claim(self:mark(name)) end

function features:has_word(word)
  for _, ann in ipairs(self.anns) do
    if ann.kind == "idle" and ann.word == word then return true end
  end
  return false
end

-- Whether this word stands right before the annotation.
function features:follows(ann, word)
  local token = self.tokens[ann.from - 1]
  return token ~= nil and token.w == word
end

-- Whether an annotation's word is in the file's name, and the column it fits only a synonym.
function features:names_rows(ann)
  if not ann.word or not schema.names_file(self.schema.file_words, ann.word) then return false end
  for _, part in ipairs(ann.columns[1].parts) do
    if schema.fit(ann.word, part) ~= 2 and schema.fit(ann.word, part) then return false end
  end
  return true
end

-- Alternatives over different columns ("rainy or above 30 degrees") cannot be asked of the tools.
function features:check_alternatives()
  for at, ann in ipairs(self.anns) do
    local word = ann.kind == "idle" and ann.word == "or"
    local left, right = word and self:next_to(at, -1), word and self:next_to(at, 1)
    if left and right then
      local bound = left.bound or right.bound
      local unlike = left.kind == "cat" and right.kind == "cat" and left.column ~= right.column
      local mixed = (left.kind == "cat") ~= (right.kind == "cat")
        and (left.cat or right.cat or bound) and left.kind ~= "period" and right.kind ~= "period"
      if bound or unlike or mixed then
        features.refuse("it sets alternatives of different columns, which I cannot ask for at once")
      end
    end
  end
end

function features:next_to(at, step)
  local i = at + step
  while self.anns[i] and (self.anns[i].kind == "idle"
    or self.anns[i].kind == "comma") do i = i + step end
  return self.anns[i]
end

function features:shown(ann)
  local list = {}
  for i = ann.from, ann.to do list[#list + 1] = self.tokens[i].raw or self.tokens[i].w end
  return table.concat(list, " ")
end

-- Refuses when something was said that the reading has no place for.
function features:finish()
  for _, ann in ipairs(self.anns) do
    if not self.claimed[ann] and not harmless[ann.kind] then
      features.refuse(("I do not see what \"%s\" is to do in this question")
        :format(self:shown(ann)))
    end
  end
end

local function names_of(columns)
  local names = {}
  for i, column in ipairs(columns) do names[i] = column.name end
  return table.concat(names, ", ")
end

-- The column an annotation means: where it fits several, the direction ("highest", "above")
-- decides.
function features:pick(ann, dir, want)
  local fitting = {}
  for _, column in ipairs(ann.columns) do
    if not want or column.type == want then fitting[#fitting + 1] = column end
  end
  if #fitting == 1 then return fitting[1] end
  if #fitting == 0 then
    features.refuse(("'%s' holds no %ss"):format(ann.columns[1].name, want or "value"))
  end
  local found = {}
  for _, column in ipairs(fitting) do
    for _, part in ipairs(column.parts) do
      if dir and counterpart[dir][part] then found[#found + 1] = column end
    end
  end
  if #found == 1 and #fitting == 2 then
    self:note(("I read \"%s\" as %s"):format(self:shown(ann), found[1].name))
    return found[1]
  end
  features.refuse(("\"%s\" could mean several columns (%s): name one of them")
    :format(self:shown(ann), names_of(fitting)))
end

-- The column of an adjective such as "wettest"; nil when it stands for a value ("sunniest").
function features:of_concept(ann)
  if not ann.concept then return nil end
  local columns = self.schema:of_concept(ann.concept)
  if #columns == 1 then return columns[1] end
  if #columns > 1 then
    features.refuse(("\"%s\" could be measured by several columns (%s): name one of them")
      :format(self:shown(ann), names_of(columns)))
  end
  if ann.cat then return nil end
  features.refuse(("%s has no column that \"%s\" could be measured by (columns of numbers: %s)")
    :format(self.schema.file, self:shown(ann), table.concat(self.schema:number_names(), ", ")))
end

local function at_index(self, ann)
  for i, other in ipairs(self.anns) do
    if other == ann then return i end
  end
end

local function number_column(ann)
  if not ann or ann.kind ~= "col" then return false end
  for _, column in ipairs(ann.columns) do
    if column.type == "number" then return true end
  end
  return false
end

-- The column beside a condition: "wind above 6", "above 10 mm of rain".
local function beside(self, cond)
  local at = at_index(self, cond)
  local next_ann = self.anns[at + 1]
  if next_ann and next_ann.kind == "idle" and (next_ann.word == "of" or next_ann.word == "in") then
    next_ann = self.anns[at + 2]
  end
  if number_column(next_ann) and not self.claimed[next_ann] then return next_ann end
  for i = at - 1, 1, -1 do
    local ann = self.anns[i]
    if number_column(ann) and not self.claimed[ann] then return ann end
    if ann.kind ~= "idle" and ann.kind ~= "fn" then return nil end
  end
  return nil
end

local function same_unit(column, unit)
  if not unit or not column.unit or unit == column.unit then return true end
  if unit == "degrees" then return column.unit:sub(1, 2) == "°" end
  return column.unit:find(unit, 1, true) ~= nil and unit == "thousand"
end

function features:check_unit(column, unit)
  if same_unit(column, unit) then return end
  features.refuse(("%s is given in %s, not in %s: ask in that unit")
    :format(column.name, column.unit, unit))
end

local function degrees_column(self, cond, dir)
  if not cond.unit or not (cond.unit == "degrees" or cond.unit:sub(1, 2) == "°") then return nil end
  local columns = self.schema:of_concept(dir == "max" and "high" or "low")
  if #columns ~= 1 then return nil end
  self:note(("I read \"%s\" as %s"):format(self:shown(cond), columns[1].name))
  return columns[1]
end

local function bind_one(self, cond)
  local dir = cond.op:sub(1, 1) == "<" and "min" or "max"
  local ann = not cond.concept and beside(self, cond)
  local column
  if cond.concept then
    column = self:of_concept { kind = "cmp", concept = cond.concept, from = cond.from,
      to = cond.to }
  elseif ann then
    column = self:pick(ann, not cond.high and dir or nil, "number")
    self:claim(ann)
    ann.bound = true
  else
    column = degrees_column(self, cond, dir)
  end
  if not column then
    return nil
  end
  self:claim(cond)
  cond.bound = true
  self:check_unit(column, cond.unit)
  cond.column = column
  return column
end

-- Turns the conditions that stand beside a column into conditions on rows.
function features:bind_conditions()
  for _, cond in ipairs(self:all("cond")) do
    local column = bind_one(self, cond)
    if column then
      self.where[#self.where + 1] = { column = column, op = cond.op, value = cond.value }
      if cond.high then
        self.where[#self.where + 1] = { column = column, op = "<=", value = cond.high }
      end
    end
  end
  for _, mark in ipairs(self:all("mark", function(ann) return ann.mark == "no" end)) do
    local target = self.anns[at_index(self, mark) + 1]
    if target and target.kind == "cat" then
      self:claim(mark)
      self:claim(target)
      self.where[#self.where + 1] = { column = target.column, op = "!=", value = target.value }
    elseif number_column(target) then
      self:claim(mark)
      self:claim(target)
      local column = self:pick(target, nil, "number")
      self.where[#self.where + 1] = { column = column, op = "=", value = 0 }
    end
  end
end

-- Claims the named values ("rain", "Oslo") and the column named beside them ("weather was rain").
function features:bind_values()
  for _, ann in ipairs(self:all("cat")) do
    if ann.several then
      features.refuse(("\"%s\" is a value in more than one column"):format(self:shown(ann)))
    end
    self:claim(ann)
    self.cats[#self.cats + 1] = { column = ann.column, value = ann.value, ann = ann }
  end
  for _, ann in ipairs(self:all("col")) do
    for _, cat in ipairs(self.cats) do
      local apart = cat.ann.from - ann.to
      if ann.columns[1] == cat.column and #ann.columns == 1 and apart > 0 and apart <= 3 then
        self:claim(ann)
      end
    end
  end
end

-- Values of one column are alternatives ("rain or snow"); of several columns they all hold.
function features:value_conditions()
  local conditions, of_column = {}, {}
  for _, cat in ipairs(self.cats) do
    local known = of_column[cat.column]
    if not known then
      known = { column = cat.column, op = "=", value = cat.value }
      of_column[cat.column] = known
      conditions[#conditions + 1] = known
    elseif known.op == "=" then
      known.op, known.value = "in", { known.value, cat.value }
    else
      table.insert(known.value, cat.value)
    end
  end
  return conditions
end

local function merged(range, recurring)
  if range.unit == "year" then
    local joined = periods.joined(recurring, range)
    if joined then return joined end
  end
  local label = recurring.label .. " of " .. range.label
  if recurring.weekdays then label = recurring.label .. " in " .. range.label end
  return { from = range.from, to = range.to, months = recurring.months, note = recurring.note,
    weekdays = recurring.weekdays, label = label, unit = "part" }
end

-- "March or April 2014": the year goes with both.
local function month_with_year_of(recurring, fixed)
  return periods.month(tonumber(fixed.from:sub(1, 4)), recurring.months[1])
end

local function together(fixed, recurring)
  local scope = {}
  if #fixed == 0 or #recurring == 0 then return #fixed > 0 and fixed or recurring end
  local one, other = fixed[1], recurring[1]
  if #fixed == 1 and one.unit == "month" and other.unit == "month" then
    for _, period in ipairs(recurring) do scope[#scope + 1] = month_with_year_of(period, one) end
    scope[#scope + 1] = one
  elseif #recurring == 1 and one.unit ~= "day" and (one.unit ~= "month" or other.weekdays) then
    for _, period in ipairs(fixed) do scope[#scope + 1] = merged(period, other) end
  elseif #fixed == 1 and one.unit == "year" then
    for _, period in ipairs(recurring) do scope[#scope + 1] = merged(one, period) end
  else
    features.refuse("I cannot tell which of these periods go together")
  end
  return scope
end

-- The periods of the clause, recurring ones joined with the years they go with.
function features:bind_periods()
  local fixed, recurring = {}, {}
  local bad = self:first("bad_range")
  if bad then
    features.refuse(("\"%s\" is no period that runs forward"):format(self:shown(bad)))
  end
  for _, ann in ipairs(self:all("period")) do
    self:claim(ann)
    for _, period in ipairs(ann.period.both or { ann.period }) do
      local list = (period.from or period.to) and fixed or recurring
      list[#list + 1] = period
    end
  end
  self.scope = together(fixed, recurring)
  for _, period in ipairs(self.scope) do
    if period.note then self:note(period.note) end
  end
end

-- The one period of a question that takes one; nil for all of the data.
function features:one_scope()
  if #self.scope > 1 then
    features.refuse("it names several periods: ask about one, or for a comparison")
  end
  self:take_mark("everything")
  return self.scope[1]
end

return features
