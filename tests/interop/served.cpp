#include "tests/interop/served.h"

#include <filesystem>
#include <stdexcept>

#include "runtime/base/text.h"

namespace yoke::testing {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfig = R"toml([serve]
listen = ["127.0.0.1:0"]

[backends.demo]
preset = "scripted"
script = "models/demo.lua"

[routes.default]
targets = ["demo/talker"]

[policy]
allow = ["words.*", "door.*"]
)toml";

constexpr const char* kModel = R"lua(local function last_said(request)
  local said, first, results = "", nil, {}
  for _, message in ipairs(request.messages) do
    for _, part in ipairs(message.parts) do
      if message.role == "user" and part.type == "text" then
        said, results, first = part.text, {}, first or part.text
      elseif part.type == "tool_result" then
        results[#results + 1] = part.content
      end
    end
  end
  return said, first, results[#results]
end

return model {
  name = "talker",
  reply = function(request)
    local said, first, result = last_said(request)
    local verb, rest = said:match("^(%S+)%s*(.*)$")
    if verb == "think" then return { reasoning = "I think.", text = rest } end
    if verb == "first" then return { text = "You first said: " .. first } end
    if verb == "stop" then return { text = "as far as this", stop_sequence = rest } end
    if verb == "json" then return { text = '{"n": 4}' } end
    if verb == "tool" then
      if result then return { text = "It is " .. result .. "." } end
      local name = "weather"
      return { calls = { { tool = name, args = { place = rest } } } }
    end
    if verb == "sky" then
      return { calls = { { tool = "sky__weather", args = { place = rest } } } }
    end
    if verb == "count" then
      if result then return { text = "There are " .. result:match("%d+") .. " words." } end
      return { calls = { { tool = "words.count", args = { text = rest } } } }
    end
    if verb == "open" then
      if result then return { text = "It is open." } end
      return { calls = { { tool = "door.open", args = {} } } }
    end
    return { text = rest }
  end,
}
)lua";

constexpr const char* kAgent = R"lua(return agent {
  name = "clerk", description = "Counts words.", model = "default",
  instructions = "Do what you are told.",
  tools = { "words.*", "door.*" }, approve = { "door.*" },
}
)lua";

constexpr const char* kTools = R"lua(return {
  tool {
    name = "words.count", description = "Counts the words of a text.",
    input = { text = "string" }, output = { words = "integer" }, effect = "read",
    run = function(input) return { words = select(2, input.text:gsub("%S+", "")) } end,
  },
  tool {
    name = "door.open", description = "Opens the door.", input = {}, effect = "once",
    run = function() return { open = true } end,
  },
}
)lua";

std::string backend(const std::string& name, const std::string& base_url) {
  return "[backends." + name + "]\npreset = \"openai-compatible\"\nbase_url = \"" + base_url +
         "\"\nattempts = 1\nprices = { input = 1.0, output = 1.0 }\n";
}

std::string ready_address(Process& yoke) {
  constexpr std::string_view kReady = "ready on ";
  std::string said;
  while (true) {
    const std::optional<std::string> line = yoke.line();
    if (!line) throw std::runtime_error("yoke serve ended: " + said);
    if (line->starts_with(kReady)) return line->substr(kReady.size());
    said += *line + "\n";
  }
}

}  // namespace

ServedProject::ServedProject()
    : TempProject(YOKE_PROGRAM), silent_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
  write_scripts();
  const std::string here = "http://127.0.0.1:";
  write("yoke.toml",
        kConfig + backend("peer", here + std::to_string(aimock_.port()) + "/v1") +
            backend("silent", here + std::to_string(silent_.local_endpoint().port()) + "/v1") +
            backend("lab", embeddings_.base_url() + "/v1"));
  // What it says goes to its standard output here, where it is read line by line.
  yoke_ =
      std::make_unique<Process>("/bin/sh", options({"-c", "exec \"$0\" serve 2>&1", YOKE_PROGRAM}));
  url_ = ready_address(*yoke_);
}

void ServedProject::write_scripts() const {
  write("models/demo.lua", kModel);
  write("agents/clerk.lua", kAgent);
  write("tools/words.lua", kTools);
  for (const auto& each : fs::directory_iterator(YOKE_INTEROP "/clients")) {
    fs::copy_file(each.path(), path() + "/" + each.path().filename().string());
  }
  fs::create_directory_symlink(peers_folder() + "/node_modules", path() + "/node_modules");
}

Ended ServedProject::client(const std::string& file, const std::string& test,
                            const std::string& key) const {
  ProcessOptions options;
  options.args = {file, url_ + "/v1", test};
  options.dir = path();
  if (!key.empty()) options.env["YOKE_KEY"] = key;
  Process process(node_program(), options);
  Ended ended = process.wait();
  if (ended.status != 0) throw std::runtime_error(file + " " + test + ": " + ended.err);
  return ended;
}

}  // namespace yoke::testing
