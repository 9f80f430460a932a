-- A store of notes in the place of the host's.
local function keep(t, notes)
  t.stub("kv.get", function(key) return notes[key] or json.null end)
  t.stub("kv.set", function(key, value) notes[key] = value return true end)
  t.stub("kv.list", function()
    local keys = json.array {}
    for key in pairs(notes) do keys[#keys + 1] = key end
    table.sort(keys)
    return keys
  end)
end

return tests {
  ["a note is kept with its time, and read again"] = function(t)
    keep(t, {})
    t.now("2026-05-01T10:00:00Z")
    t.equal(t.call("notes.save", { key = "tea", text = "green" }), { key = "tea", replaced = false })
    t.equal(t.call("notes.read", { key = "tea" }),
      { key = "tea", text = "green", saved_at = "2026-05-01T10:00:00Z" })
  end,
  ["a note that is not there is an error that says where to look"] = function(t)
    keep(t, {})
    t.fails(function() t.call("notes.read", { key = "tea" }) end, "notes.list tells which there are")
  end,
  ["notes are found by all words, whatever their case"] = function(t)
    keep(t, { tea = { text = "Green, from Japan" }, milk = { text = "from a cow" } })
    local found = t.call("notes.search", { query = "japan TEA" }).notes
    t.equal(#found, 1)
    t.equal(found[1].key, "tea")
  end,
}
