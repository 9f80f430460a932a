local kTitles = { feat = "New", fix = "Mended", perf = "Faster", docs = "Explained" }
local kOrder = { "feat", "fix", "perf", "docs" }

return workflow {
  name = "release-notes",
  description = "Writes the notes of a release from its commits, and publishes them when told to.",
  input = { from = "string", to = "string" },
  output = { published = "boolean", file = "string?", notes = "string" },
  tools = { "history.*", "notes.*" },
  agents = { "writer" },
  run = function(w, input)
    local history = w.tool("history.between", { from = input.from, to = input.to })
    local kinds, sections = {}, {}
    for _, commit in ipairs(history.commits) do
      kinds[commit.kind] = kinds[commit.kind] or {}
      table.insert(kinds[commit.kind], commit.what)
    end
    for kind, commits in pairs(kinds) do
      if kTitles[kind] then
        sections[kind] = function()
          return w.agent("writer", { input = { title = kTitles[kind], commits = commits } })
        end
      end
    end
    if next(sections) == nil then error("there is nothing to tell between these tags", 0) end
    local written = w.all(sections)
    local lines = { "# " .. input.to, "" }
    for _, kind in ipairs(kOrder) do
      if written[kind] then lines[#lines + 1] = written[kind] .. "\n" end
    end
    local notes = table.concat(lines, "\n")
    local answer = w.ask { title = "Publish the notes of " .. input.to .. "?", body = notes,
                           choices = { "yes", "no" } }
    if answer ~= "yes" then return { published = false, notes = notes } end
    local file = w.tool("notes.publish", { name = input.to, text = notes }).file
    return { published = true, file = file, notes = notes }
  end,
}
