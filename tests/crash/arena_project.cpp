#include "tests/crash/arena_project.h"

namespace yoke::testing {
namespace {

constexpr const char* kConfig = R"toml([backends.demo]
preset = "scripted"
script = "models/clerk.lua"

[routes.default]
targets = ["demo/clerk"]

[backends.parts]
preset = "scripted"
script = "models/parts.lua"

# Guards and hooks look at every call of all these runs.
[guards.privacy]
agents = ["*"]
find = ["personal", "secrets"]
verdict = "redact"

[[hooks.PreToolUse]]
lua = "hooks/look.lua"

[[hooks.PostToolUse]]
lua = "hooks/look.lua"

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

constexpr const char* kHook = R"lua(return hook { run = function(event) return nil end }
)lua";

// Calls in turn and side by side, a nap, a step, a subagent.
constexpr const char* kWorkflow = R"lua(return workflow {
  name = "restock",
  run = function(w)
    local function paid(to, amount)
      w.tool("shop.pay", { to = to, amount = amount })
      return "paid " .. to
    end
    local lines = { w.tool("shop.look", { item = "tea" }).receipt }
    local some = w.all {
      function() return paid("anna", 30) end,
      function()
        w.sleep(0.02)
        return w.tool("shop.reserve", { item = "tea" }).receipt
      end,
      function() return w.agent("porter", { task = "Carry it." }) end,
      function() return w.step("draw", function() return "drawn" end) end,
      function() return w.model{ prompt = "Well?", model = "parts/parts" } end,
    }
    for _, line in ipairs(some) do lines[#lines + 1] = line end
    w.tool("shop.mail", { to = "bo" })
    lines[#lines + 1] = paid("bo", 12)
    return table.concat(lines, "\n")
  end,
}
)lua";

std::string agent_file(const std::string& name, const std::string& fields) {
  return "return agent { name = '" + name + "', model = 'parts/parts', instructions = '', " +
         fields + " }\n";
}

// Its model writes a script for the coder, a plan for the planner, calls for the porter.
constexpr const char* kParts = R"lua(local kScript = [[
local lines = { tools.shop.look{ item = "mugs" }.receipt }
local both = w.all {
  function() tools.shop.pay{ to = "anna", amount = 1 } return "paid anna" end,
  function() return tools.shop.reserve{ item = "mugs" }.receipt end,
}
for _, line in ipairs(both) do lines[#lines + 1] = line end
for _, to in ipairs{ "bo", "carl" } do
  tools.shop.pay{ to = to, amount = 2 }
  lines[#lines + 1] = "paid " .. to
end
tools.shop.mail{ to = "dora" }
return table.concat(lines, "\n")
]]

local function step(id, tool, inputs, needs)
  return { id = id, tool = tool, inputs = inputs, needs = needs, why = "it must be" }
end
local kPlan = {
  goal = "Restock",
  steps = {
    step("look", "shop.look", { item = "trays" }),
    step("anna", "shop.pay", { to = "anna", amount = 3 }),
    step("bo", "shop.pay", { to = "bo", amount = 4 }),
    { id = "carry", agent = "porter", task = "Carry it.", why = "it is heavy" },
    step("hold", "shop.reserve", { item = "trays" }, { "look", "anna" }),
    step("carl", "shop.pay", { to = "carl", amount = 5 }, { "bo", "carry" }),
  },
}

local function result_of(request)
  local last = request.messages[#request.messages].parts[1]
  return last.type == "tool_result" and last or nil
end

return model {
  name = "parts",
  reply = function(request)
    local result = result_of(request)
    local offered = request.tools[1] and request.tools[1].name or ""
    if offered == "" then return { text = "well enough" } end
    if offered == "code.run" then
      if result then return { text = result.content } end
      return { calls = { { tool = "code.run", args = { script = kScript } } } }
    elseif offered == "plan.propose" then
      if not result then return { calls = { { tool = "plan.propose", args = kPlan } } } end
      local done, names = json.decode(result.content).done, {}
      for id in pairs(done) do names[#names + 1] = id end
      table.sort(names)
      return { text = table.concat(names, "\n") }
    end
    if result then return { text = result.is_error and "dropped" or "carried" } end
    return { calls = { { tool = "shop.look", args = { item = "cart" } },
                       { tool = "shop.pay", args = { to = "porter", amount = 6 } } } }
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
  folder.write("models/parts.lua", kParts);
  folder.write("agents/porter.lua", agent_file("porter", "tools = { 'shop.*' }"));
  folder.write("agents/coder.lua", agent_file("coder", "strategy = 'code', tools = { 'shop.*' }"));
  folder.write("agents/planner.lua", agent_file("planner",
                                                "strategy = 'plan', tools = { 'shop.*', "
                                                "'agent:porter' }"));
  folder.write("workflows/restock.lua", kWorkflow);
  folder.write("hooks/look.lua", kHook);
}

}  // namespace yoke::testing
