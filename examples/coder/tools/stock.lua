local function stock() return json.decode(fs.read("data/stock.json")) end

return {
  tool {
    name = "stock.items", description = "The names of all items.", input = {},
    output = { items = { list = "string" } }, effect = "read",
    permissions = { read = { "data" } },
    run = function()
      local items = json.array {}
      for name in pairs(stock()) do items[#items + 1] = name end
      return { items = items }
    end,
  },
  tool {
    name = "stock.look", description = "How many of an item there are, and how many there should be.",
    input = { item = "string" }, output = { there = "integer", wanted = "integer" },
    effect = "read", permissions = { read = { "data" } },
    run = function(input)
      local found = stock()[input.item]
      if not found then error("there is no item '" .. input.item .. "'", 0) end
      return found
    end,
  },
}
