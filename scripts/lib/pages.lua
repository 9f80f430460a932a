-- Parts of what is too big to hand over at once. Every part says where the next one begins.
local given = require "lib.given"

local pages = {}

pages.bytes = { type = "integer", min = 200, max = 100000, default = 20000,
  doc = "How much of the text to return at most" }
pages.offset = { type = "integer", min = 0, default = 0,
  doc = "Where to begin: next_offset of the part before" }

local function follows(text, at)
  local byte = text:byte(at)
  return byte ~= nil and byte >= 0x80 and byte < 0xC0
end

-- The part of a text at a byte offset: at a line's end where one is near, never within a character.
function pages.of_text(text, offset, bytes)
  if offset > #text then
    error("offset " .. offset .. " is behind the end: there are " .. #text .. " bytes", 0)
  end
  local first, last = offset + 1, math.min(offset + bytes, #text)
  while follows(text, first) do first = first + 1 end
  if last < #text then
    local line = text:sub(first, last):match("^.*()\n")
    if line and line > bytes // 2 then
      last = first + line - 1
    else
      while last >= first and follows(text, last + 1) do last = last - 1 end
    end
  end
  local part = { text = text:sub(first, last), total_bytes = #text }
  if last < #text then part.next_offset = last end
  return part
end

-- `limit` items of a list from an offset on, into `result[name]`, with what is needed to go on.
function pages.of_list(result, name, list, offset, limit)
  local shown = json.array {}
  for i = offset + 1, math.min(offset + limit, #list) do shown[#shown + 1] = list[i] end
  result[name] = shown
  if offset + limit < #list then result.next_offset = offset + limit end
  return result
end

function pages.limit(default, most, what)
  return { type = "integer", min = 1, max = most, default = default,
    doc = "How many " .. what .. " to return at most" }
end

function pages.start(input) return given(input.offset) or 0 end

return pages
