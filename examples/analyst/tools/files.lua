local csv = require "lib.csv"

return tool {
  name = "files.list",
  description = "The CSV files there are to ask about, with their sizes.",
  input = {},
  effect = "read",
  permissions = { read = { "data" } },
  run = function()
    local files = json.array {}
    for i, file in ipairs(csv.files()) do files[i] = { name = file.name, bytes = file.bytes } end
    return { files = files }
  end,
}
