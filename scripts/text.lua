local given = require "lib.given"
local pages = require "lib.pages"

local function whole(what) return { type = "string", doc = what } end
local pattern = whole "A regular expression (RE2): (?i) ignores case, (?m) makes ^ and $ mean lines"

local function line_of(lines, at)
  local low, high = 1, #lines
  while low < high do
    local middle = (low + high + 1) // 2
    if lines[middle] <= at then low = middle else high = middle - 1 end
  end
  return low
end

local function line_starts(all)
  local starts, at = { 1 }, 1
  while true do
    local found = all:find("\n", at, true)
    if not found then return starts end
    at = found + 1
    starts[#starts + 1] = at
  end
end

local diff = tool {
  name = "text.diff",
  description = "The lines that differ between two texts, as a unified diff, and how many were "
    .. "removed and added. At most 20000 lines each.",
  input = {
    before = whole "The old text",
    after = whole "The new text",
    context = { type = "integer", min = 0, max = 20, default = 3,
      doc = "Unchanged lines shown around each change" },
    offset = pages.offset,
    bytes = pages.bytes,
  },
  effect = "read",
  run = function(input)
    local all, removed, added = text.diff(input.before, input.after, { context = input.context })
    local part = pages.of_text(all, input.offset, input.bytes)
    return { same = input.before == input.after, removed = removed, added = added, diff = part.text,
      next_offset = part.next_offset }
  end,
}

local search = tool {
  name = "text.search",
  description = "Where a regular expression matches in a text: each match with its line and groups.",
  input = {
    text = whole "The text to search",
    pattern = pattern,
    limit = pages.limit(50, 500, "matches"),
    offset = pages.offset,
  },
  effect = "read",
  run = function(input)
    local starts = line_starts(input.text)
    local result, at, seen = { matches = json.array {} }, 1, 0
    while at <= #input.text + 1 do
      local found = table.pack(text.find(input.text, input.pattern, at))
      if not found[1] then break end
      seen = seen + 1
      if #result.matches == input.limit then
        result.next_offset = seen - 1
        break
      end
      if seen > input.offset then
        local groups = json.array {}
        for i = 3, found.n do groups[i - 2] = found[i] == nil and json.null or found[i] end
        result.matches[#result.matches + 1] = {
          match = text.shorten(input.text:sub(found[1], found[2]), 1000),
          line = line_of(starts, found[1]),
          groups = groups,
        }
      end
      at = math.max(found[2], found[1]) + 1
    end
    return result
  end,
}

local replace = tool {
  name = "text.replace",
  description = "A text with every match of a regular expression replaced, and how many there were.",
  input = {
    text = whole "The text to change",
    pattern = pattern,
    with = whole "What takes a match's place; \\1 is its first group, \\\\ a backslash",
  },
  effect = "read",
  run = function(input)
    local changed, count = text.replace(input.text, input.pattern, input.with)
    if #changed > 200000 then
      error("the result has " .. #changed .. " bytes, at most 200000 are returned: cut the text "
        .. "with text.chunk and replace in each part", 0)
    end
    return { text = changed, replaced = count }
  end,
}

local chunk = tool {
  name = "text.chunk",
  description = "A long text in parts of a size, cut between paragraphs, lines, sentences or words. "
    .. "`count` is the number of all parts.",
  input = {
    text = whole "The text to cut",
    bytes = { type = "integer", min = 100, max = 20000, default = 2000,
      doc = "The size of a part at most" },
    overlap = { type = "integer", min = 0, max = 5000, default = 0,
      doc = "Bytes that two neighbours share; at most a quarter of `bytes`" },
    limit = pages.limit(10, 100, "parts"),
    offset = pages.offset,
  },
  effect = "read",
  run = function(input)
    if input.overlap > input.bytes // 4 then
      error("overlap may be at most a quarter of bytes: " .. input.bytes // 4, 0)
    end
    local parts = text.chunk(input.text, { bytes = input.bytes, overlap = input.overlap })
    return pages.of_list({ count = #parts }, "chunks", parts, input.offset, input.limit)
  end,
}

local from_html = tool {
  name = "text.from_html",
  description = "What a page of HTML says, as plain text: paragraphs, lists, tables, links with "
    .. "their addresses.",
  input = { html = whole "The page", offset = pages.offset, bytes = pages.bytes },
  effect = "read",
  run = function(input)
    return pages.of_text(text.from_html(input.html), given(input.offset) or 0, input.bytes)
  end,
}

return { diff, search, replace, chunk, from_html }
