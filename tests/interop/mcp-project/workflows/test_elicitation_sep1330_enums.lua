local function titled(value, title) return { const = value, title = title } end

return workflow {
  name = "test_elicitation_sep1330_enums", description = "Asks for a choice in each way there is.",
  run = function(w)
    local said = w.tool("client.elicit", { message = "Please choose.", schema = {
      type = "object",
      properties = {
        untitledSingle = { type = "string", enum = { "option1", "option2", "option3" } },
        titledSingle = { type = "string", oneOf = { titled("value1", "First Option"),
          titled("value2", "Second Option"), titled("value3", "Third Option") } },
        legacyEnum = { type = "string", enum = { "opt1", "opt2", "opt3" },
          enumNames = { "Option One", "Option Two", "Option Three" } },
        untitledMulti = { type = "array",
          items = { type = "string", enum = { "option1", "option2", "option3" } } },
        titledMulti = { type = "array", items = { anyOf = { titled("value1", "First Choice"),
          titled("value2", "Second Choice"), titled("value3", "Third Choice") } } },
      },
    } })
    return "Elicitation completed: action=" .. said.action .. ", content=" .. json.encode(said.content)
  end,
}
