local samples = require "lib.samples"

local function said(content) return { role = "user", content = content } end
local function words(text) return said { type = "text", text = text } end

return {
  tool {
    name = "test_prompt_with_embedded_resource", description = "Brings a resource along.",
    input = { resourceUri = "string" },
    run = function(input)
      return { messages = {
        said { type = "resource", resource = { uri = input.resourceUri, mimeType = "text/plain",
          text = "Embedded resource content for testing." } },
        words("Please process the embedded resource above."),
      } }
    end,
  },
  tool {
    name = "test_prompt_with_image", description = "Shows a picture.", input = {},
    run = function()
      return { messages = {
        said { type = "image", data = samples.png, mimeType = "image/png" },
        words("Please analyze the image above."),
      } }
    end,
  },
}
