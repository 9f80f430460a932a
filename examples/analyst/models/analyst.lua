-- A scripted model: rules in Lua in the model's place, no neural network. It reads the question
-- with a
-- small grammar, decides which tools to call, and answers from the results it was given; what its
-- grammar does not cover it declines. It keeps no state: every step starts from the messages.
local converse = require "lib.converse"

return model {
  name = "analyst",
  reply = function(request)
    local step = converse.step(request)
    local schema = request.output_schema
    if step.text and type(schema) == "table" and type(schema.properties) == "table"
      and schema.properties.answer then
      step.text = json.encode { answer = step.text }
    end
    return { reasoning = step.reasoning, text = step.text, calls = step.calls }
  end,
}
