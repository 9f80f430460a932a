-- A scripted model: rules in the model's place. It words the commits that it is given as a section.
local function sentence(text)
  return text:sub(1, 1):upper() .. text:sub(2) .. (text:match("[.!?]$") and "" or ".")
end

return model {
  name = "editor",
  reply = function(request)
    local given = json.decode(request.messages[1].parts[1].text)
    local lines = { "## " .. given.title, "" }
    for _, commit in ipairs(given.commits) do lines[#lines + 1] = "- " .. sentence(commit) end
    return { text = table.concat(lines, "\n") }
  end,
}
