-- Rules in the model's place: it cuts pages at their headings and answers with what memory found.
local kSectionMax = 1500   -- bytes of a section that is remembered
local kSectionsMax = 40    -- of a page

-- What was asked last, and what came of the calls since.
local function since_task(request)
  local task, results = "", {}
  for _, message in ipairs(request.messages) do
    for _, part in ipairs(message.parts) do
      if message.role == "user" and part.type == "text" then
        task, results = part.text, {}
      elseif part.type == "tool_result" then
        results[#results + 1] = { name = part.name, failed = part.is_error,
          content = part.is_error and part.content or json.decode(part.content) }
      end
    end
  end
  return text.trim(task), results
end

-- The page's parts: what stands between blank lines, named by its heading and its first words.
local function sections(page, name)
  local out, heading, lines, used = {}, "", {}, {}
  local function close()
    local body = text.trim(table.concat(lines, "\n"))
    lines = {}
    if #body < 40 or #out == kSectionsMax then return end
    local first = body:match("^%*%*(.-)%.?%*%*") or body:match("^[^.|\n]+") or heading
    local key = text.shorten(name .. "#" .. text.trim(heading .. " " .. first), 60)
    used[key] = (used[key] or 0) + 1
    if used[key] > 1 then key = key .. " " .. used[key] end
    out[#out + 1] = { key = key, text = text.shorten(body, kSectionMax) }
  end
  for _, line in ipairs(text.lines(page)) do
    local title = line:match("^#+%s+(.*)$")
    if title or line:match("^%s*$") then close() end
    if title then heading = title elseif line:match("%S") then lines[#lines + 1] = line end
  end
  close()
  return out
end

local function learn(file, results)
  if #results == 0 then
    return { reasoning = "First the page.", calls = { { tool = "files.read", args = { path = "docs/" .. file } } } }
  end
  local first = results[1]
  if first.failed then return { text = "I could not read " .. file .. ": " .. first.content } end
  local found = sections(first.content.text, file)
  if #results == 1 then
    local calls = {}
    for _, section in ipairs(found) do
      calls[#calls + 1] = { tool = "memory.save",
        args = { text = section.text, key = section.key, scope = "agent" } }
    end
    return { reasoning = "Each section is an entry of its own.", calls = calls }
  end
  local kept = 0
  for i = 2, #results do if not results[i].failed then kept = kept + 1 end end
  return { text = "Remembered " .. kept .. " sections of " .. file .. "." }
end

local function answer(question, results)
  if #results == 0 then
    return { reasoning = "What do I remember of it?",
      calls = { { tool = "memory.search", args = { query = question, scope = "agent", limit = 3 } } } }
  end
  local found = results[1]
  if found.failed then return { text = "I could not look: " .. found.content } end
  local best = found.content.entries[1]
  if not best then return { text = "I remember nothing of that." } end
  local others = {}
  for i = 2, #found.content.entries do others[#others + 1] = found.content.entries[i].key end
  return { text = best.text .. "\n\n(" .. best.key
    .. (#others > 0 and "; see also " .. table.concat(others, ", ") or "") .. ")" }
end

return model {
  name = "reader",
  reply = function(request)
    local task, results = since_task(request)
    local file = task:match("^learn%s+(%S+)$")
    if file then return learn(file, results) end
    return answer(task, results)
  end,
}
