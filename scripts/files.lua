local given = require "lib.given"
local pages = require "lib.pages"
local settings = require "lib.settings"
local tree = require "lib.tree"

local read, write = settings.read or {}, settings.write or {}
local calls_max = 80  -- files and folders that one call opens; a script may ask for 100 things
local matches_max = 200

local readable = "Below " .. table.concat(read, ", ")

local function folder_of(input)
  local path = given(input.path)
  if path then return path end
  if #read == 1 then return read[1] end
  error("say which path: one of " .. table.concat(read, ", "), 0)
end

-- What is at a path. One outside the folders is refused by naming them: a model can mend that.
local function stat(path, folders, done)
  local well, facts = pcall(fs.stat, path)
  if well then return facts end
  if text.matches(facts, "is not granted .*holds it\\)$") then
    error("'" .. path .. "' is not granted; files are " .. done .. " below: "
      .. table.concat(folders, ", "), 0)
  end
  error(facts, 0)
end

local list = tool {
  name = "files.list",
  description = "The files and folders of a folder, with their sizes. " .. readable .. ".",
  input = {
    path = { type = "string?", doc = "The folder; may be left out where only one is granted" },
    depth = { type = "integer", min = 1, max = 5, default = 1, doc = "Levels of folders" },
    limit = pages.limit(200, 1000, "entries"),
    after = { type = "string?", doc = "next_after of the entries before" },
  },
  effect = "read",
  permissions = { read = read },
  run = function(input)
    local folder, result, opened = folder_of(input), { entries = json.array {} }, 1
    local found = result.entries
    local whole = tree.walk(folder, input.depth, given(input.after), function(path, entry)
      if entry.kind == "folder" then opened = opened + 1 end
      if #found == input.limit or opened > calls_max then return false end
      found[#found + 1] = { path = path, kind = entry.kind,
        size = entry.kind == "file" and entry.size or nil }
      return true
    end)
    if not whole then result.next_after = found[#found].path end
    return result
  end,
}

local read_file = tool {
  name = "files.read",
  description = "A text file, or a part of it. " .. readable .. ". A long file comes in parts: go "
    .. "on at next_offset.",
  input = {
    path = { type = "string", doc = "The file, as files.list names it" },
    offset = pages.offset,
    bytes = pages.bytes,
  },
  effect = "read",
  permissions = { read = read },
  run = function(input)
    local facts = stat(input.path, read, "read")
    if facts == json.null then error("there is no file '" .. input.path .. "'", 0) end
    if facts.kind ~= "file" then
      error("'" .. input.path .. "' is a " .. facts.kind .. ": use files.list", 0)
    end
    if facts.size > 0 and input.offset >= facts.size then
      error("offset " .. input.offset .. " is behind the end: the file has " .. facts.size
        .. " bytes", 0)
    end
    local well, part = pcall(fs.read, input.path, { offset = input.offset, length = input.bytes })
    if not well and part:find("no UTF-8", 1, true) then
      error("'" .. input.path .. "' is no text file", 0)
    end
    if not well then error(part, 0) end
    local result = { text = part, total_bytes = facts.size }
    if input.offset + #part < facts.size then result.next_offset = input.offset + #part end
    return result
  end,
}

local function lines_with(path, content, pattern, input, found)
  local number = 0
  for _, line in ipairs(text.lines(content)) do
    number = number + 1
    if text.matches(line, pattern) then
      if #found == matches_max then return false end
      found[#found + 1] = { path = path, line = number, text = text.shorten(line, 400) }
    end
  end
  return true
end

local search = tool {
  name = "files.search",
  description = "The lines that match a regular expression, in all text files below a folder. "
    .. readable .. ". Skips files over 1 MiB and those that are no text.",
  input = {
    pattern = { type = "string", doc = "A regular expression (RE2); (?i) ignores case" },
    path = { type = "string?", doc = "The folder; may be left out where only one is granted" },
    name = { type = "string?", doc = "Only files of this name: *.md" },
    after = { type = "string?", doc = "next_after of the matches before" },
  },
  effect = "read",
  permissions = { read = read },
  timeout = "60s",
  run = function(input)
    local folder, name = folder_of(input), given(input.name)
    name = name and tree.glob(name)
    local found, skipped, opened, searched = json.array {}, json.array {}, 1, 0
    local last, full = nil, false
    local whole = tree.walk(folder, 16, given(input.after), function(path, entry)
      local wanted = entry.kind == "file" and (not name or text.matches(entry.name, name))
      if entry.kind == "folder" or wanted then opened = opened + 1 end
      if full or opened > calls_max then return false end
      last = path
      if not wanted then return true end
      local well, content = pcall(fs.read, path)
      if not well then
        skipped[#skipped + 1] = path
        return true
      end
      searched = searched + 1
      full = not lines_with(path, content, input.pattern, input, found)
      return true
    end)
    local result = { matches = found, files_searched = searched, skipped = skipped }
    if full then
      result.note = "there are more matches in " .. last .. ": make the pattern narrower, or read "
        .. "that file with files.read"
    end
    if not whole then result.next_after = last end
    return result
  end,
}

local write_file = tool {
  name = "files.write",
  description = "Makes a text file, or replaces one when `replace` is true. Below "
    .. table.concat(write, ", ") .. ". Missing folders are made.",
  input = {
    path = { type = "string", doc = "The file" },
    text = { type = "string", doc = "All that shall be in it" },
    replace = { type = "boolean", default = false, doc = "Whether a file that is there may go" },
  },
  effect = "idempotent",
  permissions = { read = write, write = write },
  run = function(input)
    local facts = stat(input.path, write, "written")
    local there = facts ~= json.null
    if there and facts.kind == "file" and facts.size == #input.text then
      local well, before = pcall(fs.read, input.path)
      if well and before == input.text then
        return { path = input.path, bytes = #input.text, changed = false }
      end
    end
    if there and not input.replace then
      error("'" .. input.path .. "' is there already: set replace = true to replace it, or choose "
        .. "another name", 0)
    end
    fs.write(input.path, input.text)
    return { path = input.path, bytes = #input.text, changed = true, replaced = there }
  end,
}

local tools = {}
if #read > 0 then tools = { list, read_file, search } end
if #write > 0 then tools[#tools + 1] = write_file end
return tools
