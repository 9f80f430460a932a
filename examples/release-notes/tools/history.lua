local kHistory = "data/history.txt"

local function commits_of(history)
  local commits = {}
  for _, line in ipairs(text.lines(history)) do
    local hash, author, date, refs, subject = line:match("^(%x+)|(.-)|(.-)|(.-)|(.*)$")
    if hash then
      local kind, what = subject:match("^(%a+)[^:]*: (.+)$")
      commits[#commits + 1] = { hash = hash, author = author, date = date,
                                tag = refs:match("tag: ([%w.%-]+)"), kind = kind or "other",
                                what = what or subject }
    end
  end
  return commits
end

local function place_of(commits, tag)
  for index, commit in ipairs(commits) do
    if commit.tag == tag then return index end
  end
  local tags = {}
  for _, commit in ipairs(commits) do tags[#tags + 1] = commit.tag end
  error("there is no tag " .. tag .. "; there are: " .. table.concat(tags, ", "), 0)
end

return tool {
  name = "history.between",
  description = "The commits after one tag, up to another.",
  input = { from = "string", to = "string" },
  effect = "read",
  permissions = { read = { "data" } },
  run = function(input)
    local commits = commits_of(fs.read(kHistory))
    local found = json.array {}
    for index = place_of(commits, input.from) + 1, place_of(commits, input.to) do
      found[#found + 1] = commits[index]
    end
    return { commits = found }
  end,
}
