-- The world outside is the folder world/: world/effects.log has one line for each thing that was
-- done to it, so that whatever happens twice is seen twice.
local world = { "world" }
local log_file = "world/effects.log"

local function effects()
  return fs.exists(log_file) and fs.read(log_file) or ""
end

local function act(what, ctx)
  if not fs.exists(log_file) then fs.write(log_file, "") end
  fs.append(log_file, ("%s  %s\n"):format(ctx.idempotency_key, what))
end

local orders = { ["17"] = { customer = "anna@shop.example", items = { "teapot", "tray" } } }
local shelves = { teapot = 4, tray = 9 }

return {
  tool {
    name = "shop.order", description = "An order, by its number.",
    input = { number = "string" }, effect = "read",
    run = function(input)
      return orders[input.number] or error("there is no order " .. input.number, 0)
    end,
  },
  tool {
    name = "shop.stock", description = "How many of an item are there.",
    input = { item = "string" }, effect = "read",
    run = function(input) return { item = input.item, count = shelves[input.item] or 0 } end,
  },
  -- Must not happen twice. Whether an interrupted call took place can be seen, so it has a probe.
  tool {
    name = "shop.book", description = "Books a parcel with the courier.",
    input = { order = "string" }, effect = "once", permissions = { read = world, write = world },
    run = function(input, ctx)
      act("a parcel for order " .. input.order, ctx)
      return { parcel = "P-" .. input.order }
    end,
    probe = function(input, ctx)
      local happened = effects():find(ctx.idempotency_key, 1, true) ~= nil
      return { happened = happened, result = { parcel = "P-" .. input.order } }
    end,
  },
  tool {
    name = "shop.price", description = "What the courier asks for a parcel.",
    input = { parcel = "string" }, effect = "read",
    run = function(input) return { parcel = input.parcel, price = 12 } end,
  },
  -- Must not happen twice, and nobody can look into somebody else's mailbox: no probe.
  tool {
    name = "shop.mail", description = "Writes an email.",
    input = { to = "string", text = "string" },
    effect = "once", permissions = { read = world, write = world },
    run = function(input, ctx)
      act("a mail to " .. input.to .. ": " .. input.text, ctx)
      return { sent = true }
    end,
  },
}
