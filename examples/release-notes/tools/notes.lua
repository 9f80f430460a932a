return tool {
  name = "notes.publish",
  description = "Writes the notes of a release to notes/NAME.md.",
  input = { name = { type = "string", pattern = "^[A-Za-z0-9.]+$" }, text = "string" },
  effect = "idempotent",
  permissions = { write = { "notes" } },
  run = function(input)
    local file = "notes/" .. input.name .. ".md"
    fs.write(file, input.text)
    return { file = file }
  end,
}
