#include "tests/crash/arena_project.h"

namespace yoke::testing {
namespace {

constexpr const char* kConfig = R"toml([backends.demo]
preset = "scripted"
script = "models/clerk.lua"

[routes.default]
targets = ["demo/clerk"]

[policy]
allow = ["*"]
# The scripted clerk pays people whom no task names: what is tried here is kills.
labels = "off"
)toml";

constexpr const char* kAgent = R"lua(return agent {
  name = "clerk",
  description = "Restocks a shop.",
  model = "default",
  instructions = "Look, reserve, pay, write.",
  tools = { "shop.*" },
}
)lua";

constexpr const char* kTools = R"lua(local peer = "http://127.0.0.1:PORT"
local permissions = { net = { "127.0.0.1:PORT" } }

local function receipt(reply)
  if reply.status ~= 200 then error("the peer answered " .. reply.status) end
  return { receipt = reply.json.receipt }
end

local function headers(ctx) return { ["Idempotency-Key"] = ctx.idempotency_key } end

local function post(path)
  return function(input, ctx)
    return receipt(http.post(peer .. path, { json = input, headers = headers(ctx) }))
  end
end

return {
  tool {
    name = "shop.look", description = "What is in stock.", input = { item = "string" },
    effect = "read", permissions = permissions,
    run = function(input, ctx)
      local query = { item = input.item }
      return receipt(http.get(peer .. "/read", { query = query, headers = headers(ctx) }))
    end,
  },
  tool {
    name = "shop.reserve", description = "Reserves.", input = { item = "string" },
    effect = "idempotent", permissions = permissions, run = post("/idempotent"),
  },
  tool {
    name = "shop.mail", description = "Writes to somebody.", input = { to = "string" },
    effect = "once", permissions = permissions, run = post("/once"),
    probe = function(input, ctx)
      local reply = http.get(peer .. "/effects", { query = { key = ctx.idempotency_key } })
      return { happened = reply.json.happened, result = reply.json.result }
    end,
  },
  tool {
    name = "shop.pay", description = "Pays.", input = { to = "string", amount = "integer" },
    effect = "once", permissions = permissions, run = post("/once"),
  },
}
)lua";

// What a payment's tool returned may be lost for good, so the answer holds only that it was made.
constexpr const char* kModel = R"lua(local function look(item)
  return { tool = "shop.look", args = { item = item } }
end
local function reserve(item) return { tool = "shop.reserve", args = { item = item } } end
local function mail(to) return { tool = "shop.mail", args = { to = to } } end
local function pay(to, amount) return { tool = "shop.pay", args = { to = to, amount = amount } } end

local steps = {
  { look("tea"), look("mugs"), reserve("tea") },
  { mail("anna"), pay("anna", 30) },
  { reserve("mugs"), mail("bo"), pay("bo", 12) },
  { look("trays"), pay("carl", 7) },
  { mail("dora"), reserve("trays"), pay("dora", 99) },
}

return model {
  name = "clerk",
  reply = function(request)
    local step, results = 1, {}
    for _, message in ipairs(request.messages) do
      if message.role == "assistant" then step = step + 1 end
      for _, part in ipairs(message.parts) do
        if part.type == "tool_result" then
          local paid = part.name == "shop.pay" and not part.is_error
          results[#results + 1] = part.name .. " " .. (paid and "done" or part.content)
        end
      end
    end
    if steps[step] then
      return { reasoning = "Now comes step " .. step .. " of my list.", calls = steps[step] }
    end
    return { text = table.concat(results, "\n") }
  end,
}
)lua";

std::string with_port(std::string text, const std::string& port) {
  for (std::size_t at = text.find("PORT"); at != std::string::npos; at = text.find("PORT", at)) {
    text.replace(at, 4, port);
  }
  return text;
}

}  // namespace

void write_arena_project(const TempFolder& folder, const std::string& port) {
  folder.write("yoke.toml", kConfig);
  folder.write("agents/clerk.lua", kAgent);
  folder.write("tools/shop.lua", with_port(kTools, port));
  folder.write("models/clerk.lua", kModel);
}

}  // namespace yoke::testing
