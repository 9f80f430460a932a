local samples = require "lib.samples"

local function text(words) return { type = "text", text = words } end
local function image() return { type = "image", data = samples.png, mimeType = "image/png" } end

return {
  tool {
    name = "test_simple_text", description = "Says a sentence.", input = {},
    run = function() return "This is a simple text response for testing." end,
  },
  tool {
    name = "test_image_content", description = "Shows a picture.", input = {},
    run = function() return { content = { image() } } end,
  },
  tool {
    name = "test_audio_content", description = "Plays a sound.", input = {},
    run = function()
      return { content = { { type = "audio", data = samples.wav, mimeType = "audio/wav" } } }
    end,
  },
  tool {
    name = "test_embedded_resource", description = "Brings a resource along.", input = {},
    run = function()
      return { content = { { type = "resource", resource = {
        uri = "test://embedded-resource", mimeType = "text/plain",
        text = "This is an embedded resource content." } } } }
    end,
  },
  tool {
    name = "test_multiple_content_types", description = "Text, a picture and a resource.", input = {},
    run = function()
      return { content = { text("Multiple content types test:"), image(), {
        type = "resource", resource = { uri = "test://mixed-content-resource",
          mimeType = "application/json", text = '{"test":"data","value":123}' } } } }
    end,
  },
  tool {
    name = "test_template", description = "What is known of an id.", input = { id = "string" },
    run = function(input)
      return { id = input.id, templateTest = true, data = "Data for ID: " .. input.id }
    end,
  },
}
