#include "tests/hosts/sample.h"

#include <sqlite3.h>

#include <catch2/catch.hpp>

namespace yoke::testing {
namespace {

constexpr const char* kConfig = R"toml([backends.demo]
preset = "scripted"
script = "models/sample.lua"

[routes.default]
targets = ["demo/sample"]

[policy]
allow = ["words.*", "peer.*"]
deny = ["words.burn"]
)toml";

constexpr const char* kAgent = R"lua(return agent {
  name = "helper",
  description = "Does what it is told.",
  model = "default",
  instructions = "Do what you are told.",
  tools = { "words.*", "door.*", "peer.*" },
  approve = { "door.*" },
}
)lua";

constexpr const char* kLonely = R"lua(return agent {
  name = "lonely", description = "Has no tools.", model = "default", instructions = "Talk.",
  tools = {},
}
)lua";

constexpr const char* kTools = R"lua(return {
  tool {
    name = "words.count", description = "Counts the words of a text.",
    input = { text = "string" }, output = { words = "integer" }, effect = "read",
    run = function(input, ctx)
      ctx.progress(1, 2, "halfway")
      log.info("counting")
      return { words = select(2, input.text:gsub("%S+", "")) }
    end,
  },
  tool {
    name = "words.burn", description = "Must never be called.", input = {}, effect = "once",
    run = function() return { burnt = true } end,
  },
  tool {
    name = "door.open", description = "Opens the door.", input = { who = "string" },
    effect = "once", run = function(input) return { opened_for = input.who } end,
  },
}
)lua";

constexpr const char* kPeer = R"lua(return tool {
  name = "peer.wait", description = "Asks a peer that takes its time.", input = {},
  effect = "read", permissions = { net = { "127.0.0.1:PORT" } }, timeout = "60s",
  run = function() return { body = http.get("http://127.0.0.1:PORT/wait").body } end,
}
)lua";

constexpr const char* kModel = R"lua(local function ask(tool, args, reasoning)
  return { reasoning = reasoning, calls = { { tool = tool, args = args } } }
end

return model {
  name = "sample",
  reply = function(request)
    local task, first, results = nil, nil, {}
    for _, message in ipairs(request.messages) do
      for _, part in ipairs(message.parts) do
        if message.role == "user" and part.type == "text" then
          task, results = part.text, {}
          first = first or part.text
        elseif part.type == "tool_result" then
          results[#results + 1] = part
        end
      end
    end
    local verb, rest = task:match("^(%S+)%s*(.*)$")
    local last = results[#results]
    if verb == "say" then return { reasoning = "I am to speak.", text = rest } end
    if verb == "first" then return { text = "you first said: " .. first } end
    if verb == "fail" then error("the model broke") end
    if verb == "huge" then return { text = ("0123456789 "):rep(18000) } end
    if verb == "again" then return ask("words.count", { text = "again" }) end
    if verb == "grow" then return ask("words.count", { text = ("x "):rep(#results) }) end
    if last then
      return { text = (last.is_error and "it failed: " or "it said: ") .. last.content }
    end
    if verb == "count" then return ask("words.count", { text = rest }, "I count.") end
    if verb == "open" then return ask("door.open", { who = "anna" }, "I open.") end
    if verb == "burn" then return ask("words.burn", {}) end
    if verb == "wait" then return ask("peer.wait", {}) end
    return { text = "I do not know how to " .. task }
  end,
}
)lua";

}  // namespace

Sample::Sample() : TempProject(YOKE_PROGRAM) {
  write("yoke.toml", kConfig);
  write("agents/helper.lua", kAgent);
  write("agents/lonely.lua", kLonely);
  write("tools/sample.lua", kTools);
  write("tools/peer.lua", kPeer);
  write("models/sample.lua", kModel);
  grant_peer(9);
}

void Sample::grant_peer(int port) const {
  std::string tool = kPeer;
  for (std::size_t at = tool.find("PORT"); at != std::string::npos; at = tool.find("PORT")) {
    tool.replace(at, 4, std::to_string(port));
  }
  write("tools/peer.lua", tool);
  const Ended granted = yoke(Args{"tools", "grant", "peer.wait"});
  INFO(granted.err);
  REQUIRE(granted.status == 0);
}

std::string Sample::run(const std::string& task, int status) const {
  const Ended ended = yoke(Args{"run", "helper", task});
  INFO(ended.out << ended.err);
  REQUIRE(ended.status == status);
  return newest_run();
}

int Sample::meddle(const std::string& sql) const {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(file(".yoke/yoke.db").c_str(), &database) == SQLITE_OK);
  CHECK(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  const int changed = sqlite3_changes(database);
  sqlite3_close(database);
  return changed;
}

bool holds(const std::string& text, const std::string& part) {
  const bool found = text.find(part) != std::string::npos;
  if (!found) WARN("'" << part << "' is not in: " << text);
  return found;
}

}  // namespace yoke::testing
