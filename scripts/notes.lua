local given = require "lib.given"
local pages = require "lib.pages"

local key = { type = "string", pattern = "^[^\\x00-\\x1f]{1,200}$",
  doc = "The note's name, for example people/anna" }
local write = { kv = "write" }
local read = { kv = "read" }

local function note_of(name)
  local note = kv.get(name)
  if note == json.null then return nil end
  return note
end

local save = tool {
  name = "notes.save",
  description = "Keeps a note under a name, for later calls and runs; an older note of that name is "
    .. "replaced. At most 60000 bytes each and 1000 notes.",
  input = { key = key, text = { type = "string", doc = "What to remember" } },
  effect = "idempotent",
  permissions = write,
  run = function(input)
    local before = note_of(input.key)
    kv.set(input.key, { text = input.text, saved_at = time.format(time.now()) })
    return { key = input.key, replaced = before ~= nil }
  end,
}

local read_note = tool {
  name = "notes.read",
  description = "A note by its name.",
  input = { key = key },
  effect = "read",
  permissions = read,
  run = function(input)
    local note = note_of(input.key)
    if not note then
      error("there is no note '" .. input.key .. "'; notes.list tells which there are", 0)
    end
    return { key = input.key, text = note.text, saved_at = note.saved_at }
  end,
}

local list = tool {
  name = "notes.list",
  description = "The names of the notes, in order; all, or those that begin with a text.",
  input = {
    prefix = { type = "string?", doc = "How the names begin" },
    limit = pages.limit(100, 1000, "names"),
    offset = pages.offset,
  },
  effect = "read",
  permissions = read,
  run = function(input)
    local keys = kv.list(given(input.prefix) or "")
    return pages.of_list({ total = #keys }, "keys", keys, input.offset, input.limit)
  end,
}

local looked_at_max = 90  -- notes of one call; a script may ask for 100 things

local search = tool {
  name = "notes.search",
  description = "The notes that hold all words of a query, in their names or texts, whatever the "
    .. "case of the letters.",
  input = {
    query = { type = "string", doc = "Words that all must be there" },
    after = { type = "string?", doc = "next_after of the notes before" },
  },
  effect = "read",
  permissions = read,
  run = function(input)
    local words = {}
    for word in input.query:lower():gmatch("%S+") do words[#words + 1] = word end
    if #words == 0 then error("the query has no words", 0) end
    local result, seen, after = { notes = json.array {} }, 0, given(input.after)
    local last
    for _, name in ipairs(kv.list("")) do
      if not after or name > after then
        if seen == looked_at_max then
          result.next_after = last
          break
        end
        seen, last = seen + 1, name
        local note = note_of(name)
        local all = note ~= nil
        local held = note and (name .. "\n" .. note.text):lower()
        for _, word in ipairs(words) do all = all and held:find(word, 1, true) ~= nil end
        if all then
          result.notes[#result.notes + 1] =
            { key = name, text = text.shorten(note.text, 500), saved_at = note.saved_at }
        end
      end
    end
    return result
  end,
}

local delete = tool {
  name = "notes.delete",
  description = "Forgets a note.",
  input = { key = key },
  effect = "idempotent",
  permissions = write,
  run = function(input) return { key = input.key, existed = kv.delete(input.key) } end,
}

return { save, read_note, list, search, delete }
