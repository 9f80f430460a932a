-- The short account the model gives of each step: what it saw, and what it does next.
local asking = require "lib.asking"
local format = require "lib.format"

local thinking = {}

local function by_text(query)
  if not query.by then return "" end
  return " by " .. (query.by.column and query.by.column.name or query.unit or query.by.part)
end

local function operands(query)
  local names = {}
  for i, operand in ipairs(query.operands) do
    names[i] = operand.label or operand.period and operand.period.label
      or operand.kind == "it" and "the one found before"
      or operand.kind == "year_of" and "its year" or "the whole period"
  end
  return format.list(names)
end

-- What a query asks for, in words.
function thinking.query(data, query)
  local scope = query.scope_it and " in the period found before" or asking.span(data, query.scope)
  local side = query.dir == "max" and "highest " or query.dir == "min" and "lowest " or ""
  if query.kind == "rows" then
    return side .. query.column.name .. asking.conditions(query.where) .. scope
  elseif query.kind == "compare" then
    local what = query.operands[1].column and query.fn or asking.measure(data, query)
    return "the " .. what .. " of " .. operands(query) .. " side by side"
  elseif query.kind == "change" then
    return ("the change of %s from %s to %s"):format(query.column.name, query.a.label,
      query.b.label)
  elseif query.kind == "ends" or query.kind == "step" then
    return "the change of " .. query.column.name .. by_text(query) .. scope
  elseif query.kind == "list" or query.kind == "edge" then
    return "the rows" .. asking.conditions(query.where) .. scope
  elseif query.kind == "kinds" then
    return "the values of " .. query.column.name
  end
  local which = query.kind == "groups" and side or ""
  return "the " .. which .. asking.measure(data, query) .. by_text(query) .. scope
end

function thinking.first_look()
  return "I do not know yet which files there are, so I list them first."
end

function thinking.look_at(files, wanted)
  local all = format.list(files)
  if #wanted == 1 and #files > 1 then
    return ("There are %s. By its name %s fits the question; I look at its columns."):format(all,
      wanted[1])
  end
  if #files == 1 then return ("There is one file, %s. I look at its columns."):format(all) end
  return ("There are %s. The names do not tell which one is meant, so I look at the columns of %s.")
    :format(all, format.list(wanted))
end

local function described(data)
  local text = ("%s has %s"):format(data.file, format.plural(data.rows, "row"))
  if data.date then
    text = ("%s (%s to %s, %s)"):format(text, data.date.min, data.date.max,
      data.grain == "event" and "several a date" or "one a " .. data.grain)
  end
  return text
end

-- Before the calls of a question: how it was read, what is known already.
function thinking.plan(data, queries, known, count)
  local parts = {}
  if #known == 0 then
    local reads = {}
    for i, query in ipairs(queries) do reads[i] = thinking.query(data, query) end
    parts[1] = ("%s. I read the question as: %s."):format(described(data),
      table.concat(reads, "; then "))
  else
    parts[1] = "What I know so far: " .. table.concat(known, " ")
  end
  parts[2] = count == 1 and "I ask for the figures."
    or ("I ask for %d figures at once."):format(count)
  return table.concat(parts, " ")
end

function thinking.mend(message)
  return ("The tool answered: %s. I correct the call and try once more."):format(message:sub(1,
    200))
end

function thinking.done(made)
  if made == 0 then return "What I was told before is enough for an answer." end
  return "The results are there; the answer follows from them alone."
end

function thinking.saving() return "The answer is ready; it is to be saved as a note." end

return thinking
