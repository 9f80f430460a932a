-- The text that a tool works on: given with the call, or read from a file that the operator
-- granted.
local given = require "lib.given"

local document = {}

-- Adds `text` and, where files are granted, `file` to the properties of a tool's input.
function document.add_to(properties, settings, what)
  properties.text = { type = "string", maxLength = 1000000, description = what }
  if settings.read then
    properties.file = { type = "string", description = "Instead of text: a file below "
      .. table.concat(settings.read, ", ") .. "; at most 1 MiB" }
  end
  return properties
end

function document.permissions(settings)
  if not settings.read then return nil end
  return { read = settings.read }
end

function document.take(input, settings)
  local whole, file = given(input.text), given(input.file)
  if (whole == nil) == (file == nil) then
    error(settings.read and "give either text or file" or "give the text to work on", 0)
  end
  return whole or fs.read(file)
end

return document
