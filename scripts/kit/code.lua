-- What a script that a model wrote is run by: its body sees `tools`, `input` and `w`.
return workflow {
  name = "code",
  run = function(w, given, body)
    tools, input, _G.w = w.tools_named(given.tools), given.input, w
    return body()
  end,
}
