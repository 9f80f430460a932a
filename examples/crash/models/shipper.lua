-- Two scripted models, "brisk" and "careful": rules in the model's place. Each decides from the
-- messages alone what to do next.
local function results_of(request)
  local results, order = {}, ""
  for _, message in ipairs(request.messages) do
    for _, part in ipairs(message.parts) do
      if message.role == "user" and part.type == "text" then
        order = part.text:match("%d+") or order
      elseif part.type == "tool_result" then
        results[part.name] = part.is_error and { failed = part.content } or json.decode(part.content)
      end
    end
  end
  return results, order
end

local function call(tool, args) return { tool = tool, args = args } end

local function first_steps(results, order)
  if not results["shop.order"] then
    return { reasoning = "First the order.", calls = { call("shop.order", { number = order }) } }
  end
  if not results["shop.stock"] then
    local calls = {}
    for _, item in ipairs(results["shop.order"].items) do
      calls[#calls + 1] = call("shop.stock", { item = item })
    end
    return { reasoning = "Is all of it there?", calls = calls }
  end
  if not results["shop.book"] then
    return { reasoning = "It is. Now a parcel.", calls = { call("shop.book", { order = order }) } }
  end
  if not results["shop.price"] then
    local parcel = results["shop.book"].parcel
    return { reasoning = "What does it cost?", calls = { call("shop.price", { parcel = parcel }) } }
  end
end

local function brisk(request)
  local results, order = results_of(request)
  local early = first_steps(results, order)
  if early then return early end
  local price, dear = results["shop.price"].price, results["shop.price"].price > 50
  if not results["shop.mail"] then
    local to = dear and "boss@shop.example" or results["shop.order"].customer
    local text = dear and "Order " .. order .. " would cost " .. price .. " to send. Shall I?"
      or "Your order " .. order .. " is on its way, for " .. price .. "."
    return {
      reasoning = dear and "That is dear: the boss decides." or "Cheap enough. I write.",
      calls = { call("shop.mail", { to = to, text = text }) },
    }
  end
  if dear then return { text = "I asked the boss about order " .. order .. "." } end
  return { text = "Order " .. order .. " is on its way for " .. price .. "." }
end

local function careful(request)
  local results, order = results_of(request)
  local early = first_steps(results, order)
  if early then return early end
  return {
    reasoning = "I would rather not write to customers myself.",
    text = "Order " .. order .. " is packed; please confirm " .. results["shop.price"].price ..
      " and write to " .. results["shop.order"].customer .. ".",
  }
end

return {
  model { name = "brisk", reply = brisk },
  model { name = "careful", reply = careful },
}
