return {
  tool {
    name = "test_tool_with_logging", description = "Logs as it goes.", input = {},
    run = function()
      log.info("Tool execution started")
      log.info("Tool processing data")
      log.info("Tool execution completed")
      return "Logged three times."
    end,
  },
  tool {
    name = "test_logging_tool", description = "Logs once.", input = {},
    run = function()
      log.info("a line")
      return "Logged."
    end,
  },
  tool {
    name = "test_tool_with_progress", description = "Tells how far it is.", input = {},
    permissions = { read = { "resources" } },
    run = function(_, ctx)
      for done = 0, 100, 50 do
        ctx.progress(done, 100, "step " .. done)
        fs.read("resources/static.txt")  -- work in between: of what is told at once the last is news
      end
      return "Told three times."
    end,
  },
  tool {
    name = "test_error_handling", description = "Fails.", input = {},
    run = function() error("This tool intentionally returns an error for testing", 0) end,
  },
  tool {
    name = "greet", description = "Greets somebody.", input = { name = "string" },
    run = function(input) return "Hello, " .. input.name .. "!" end,
  },
  tool {
    name = "test_header_tool", description = "Its region is mirrored in a header.",
    input = schema {
      type = "object",
      properties = { region = { type = "string", ["x-mcp-header"] = "Region" } },
      required = json.array { "region" },
    },
    run = function(input) return "In " .. input.region end,
  },
  tool {
    name = "json_schema_2020_12_tool", description = "Tool with JSON Schema 2020-12 features",
    input = schema {
      ["$schema"] = "https://json-schema.org/draft/2020-12/schema",
      type = "object",
      ["$defs"] = { address = { ["$anchor"] = "addressDef", type = "object",
        properties = { street = { type = "string" }, city = { type = "string" } } } },
      properties = {
        name = { type = "string" },
        address = { ["$ref"] = "#/$defs/address" },
        contactMethod = { type = "string", enum = { "phone", "email" } },
        phone = { type = "string" },
        email = { type = "string" },
      },
      allOf = { { anyOf = { { required = { "phone" } }, { required = { "email" } } } } },
      ["if"] = { properties = { contactMethod = { const = "phone" } }, required = { "contactMethod" } },
      ["then"] = { required = { "phone" } },
      ["else"] = { required = { "email" } },
      additionalProperties = false,
    },
    run = function(input) return input end,
  },
}
