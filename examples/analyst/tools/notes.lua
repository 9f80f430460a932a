local folder, copies_max = "notes", 50

local function slug(title)
  local short = title:lower():gsub("[^%w]+", "-"):gsub("^%-+", ""):gsub("%-+$", ""):sub(1, 60)
  return short ~= "" and short or "note"
end

local function names_there()
  local ok, entries = pcall(fs.list, folder)
  local names = {}
  for _, entry in ipairs(ok and entries or {}) do names[entry.name] = true end
  return names
end

-- The same note always lands in the same file; another note of that title gets a number, so nothing
-- is ever overwritten.
local function place(title, content)
  local there = names_there()
  for i = 1, copies_max do
    local name = slug(title) .. (i == 1 and "" or "-" .. i) .. ".md"
    local path = folder .. "/" .. name
    if not there[name] then return path, false end
    local readable, existing = pcall(fs.read, path)
    if readable and existing == content then return path, true end
  end
  error(("there are already %d notes titled '%s': choose another title"):format(copies_max, title),
    0)
end

return tool {
  name = "notes.save",
  description = "Saves a note as a Markdown file under notes/ and gives its path.",
  input = { title = "string", text = "string" },
  output = { path = "string", bytes = "integer" },
  effect = "idempotent",
  permissions = { read = { folder }, write = { folder } },
  run = function(input)
    if not input.title:match("%S") then error("a note needs a title", 0) end
    local content = "# " .. input.title .. "\n\n" .. input.text .. "\n"
    local path, there = place(input.title, content)
    if not there then fs.write(path, content) end
    return { path = path, bytes = #content }
  end,
}
