#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "hosts/app/find_models.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/editor.h"
#include "hosts/cli/support.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"

// `yoke init`: a project that runs as it stands, small enough to read in a minute.
namespace yoke {
namespace {

namespace fs = std::filesystem;

struct TemplateFile {
  const char* path;
  const char* text;
};

constexpr const char* kConfig =
    R"toml(# Settings of this project. Every key: docs/configuration.md of yoke.

[backends.demo]
preset = "scripted"              # a Lua function in the model's place; no key, no network
script = "models/demo.lua"

# A real model instead: name it here, put it first in the route below, and set its key in the
# environment or in a file .env beside this one.
# [backends.openai]
# preset = "openai"
# api_key = "env:OPENAI_API_KEY"
# (A vendor whose key is set, and a local server on its usual port, need no such lines:
# "openai/gpt-5-mini" works at once. `yoke models list` says what there is.)
#
# [backends.local]
# preset = "openai-compatible"   # llama.cpp, vLLM, LM Studio …
# base_url = "http://127.0.0.1:8080/v1"

[routes.default]
strategy = "fallback"
targets = ["demo/demo"]          # "openai/gpt-5-mini", "local/qwen3-4b"

[tools]
paths = ["tools"]

[policy]
allow = ["words.*"]
)toml";

constexpr const char* kAgent = R"lua(return agent {
  name = "hello",
  description = "Counts words, to show how an agent and a tool work together.",
  model = "default",
  instructions = [[
You are a friendly assistant. Use words.count when somebody asks about a text.
]],
  tools = { "words.*" },
  limits = { steps = 10, seconds = 120 },
}
)lua";

constexpr const char* kTool = R"lua(return tool {
  name = "words.count",
  description = "Counts the words and characters of a text.",
  input = { text = { type = "string", doc = "the text to count" } },
  output = { words = "integer", characters = "integer" },
  effect = "read",
  run = function(input, ctx)
    local words = 0
    for _ in input.text:gmatch("%S+") do words = words + 1 end
    return { words = words, characters = utf8.len(input.text) }
  end,
}
)lua";

constexpr const char* kModel =
    R"lua(-- A scripted model: this function stands in the model's place. It sees what a model would
-- see and answers as a model would. It reads no language; it shows how a run goes.
local function last(request, kind)
  local found
  for _, message in ipairs(request.messages) do
    for _, part in ipairs(message.parts) do
      if part.type == kind then found = part end
    end
  end
  return found
end

return model {
  name = "demo",
  reply = function(request)
    local messages = request.messages
    local newest = messages[#messages]
    if newest.role == "tool" then
      local counts = json.decode(last(request, "tool_result").content)
      return {
        reasoning = "The tool has counted; I can answer.",
        text = "Your message has " .. counts.words .. " words and " .. counts.characters ..
          " characters. (I am a scripted model: edit models/demo.lua, or name a real one in " ..
          "yoke.toml.)",
      }
    end
    return {
      reasoning = "I can do one thing, so I do it: count the words of the message.",
      calls = { { tool = "words.count", args = { text = last(request, "text").text } } },
    }
  end,
}
)lua";

constexpr const char* kIgnore = ".yoke/\n.env\n";

constexpr std::array kFiles = {
    TemplateFile{"yoke.toml", kConfig},     TemplateFile{"agents/hello.lua", kAgent},
    TemplateFile{"tools/words.lua", kTool}, TemplateFile{"models/demo.lua", kModel},
    TemplateFile{".gitignore", kIgnore},
};

// What this machine has beside the demo, and how to use it.
void tell_found(Terminal& terminal, const std::string& enter) {
  const Config none;
  const Environment environment = environment_of(none);
  std::string model;
  for (const FoundKey& key : found_keys(environment)) {
    terminal.line("found: a key of " + key.preset + " in " + key.variable);
    if (model.empty()) model = key.preset + "/MODEL";
  }
  for (const FoundServer& server : find_servers(usual_places(environment), kFindWithin)) {
    const bool any = !server.models.empty();
    const std::string first = any ? server.preset + "/" + server.models.front().name : "";
    terminal.line("found: " + server.preset + " at " + shown_url(server.root) +
                  (any ? " with " + printable(first) : ", which has no model yet"));
    if (any && (model.empty() || model.ends_with("/MODEL"))) model = printable(first);
  }
  if (model.empty()) return;
  terminal.line("or on a real model: " + enter + "yoke run hello --model " + model +
                " \"How many words is this?\"");
  if (model.ends_with("/MODEL")) {
    terminal.line("     (which there are: yoke models list " + model.substr(0, model.find('/')) +
                  ")");
  }
}

Result<void> write_file(const fs::path& path, const char* text) {
  std::error_code failed;
  fs::create_directories(path.parent_path(), failed);
  std::ofstream out(path, std::ios::binary);
  out << text;
  out.flush();
  if (!out) return Error{Errc::unavailable, "cannot write " + path.string()};
  return {};
}

}  // namespace

int init_project(const CommonOptions& common, const InitOptions& options) {
  Terminal terminal(common.color);
  const fs::path dir = options.dir;
  std::error_code ignored;
  for (const TemplateFile& file : kFiles) {
    const bool ours_to_skip = std::string_view(file.path) == ".gitignore";
    if (ours_to_skip || !fs::exists(dir / file.path, ignored)) continue;
    return fail(terminal, Error{Errc::invalid, (dir / file.path).string() +
                                                   " is there already; nothing was written"});
  }
  for (const TemplateFile& file : kFiles) {
    if (fs::exists(dir / file.path, ignored)) continue;
    const Result<void> written = write_file(dir / file.path, file.text);
    if (!written) return fail(terminal, written.error());
    if (!common.quiet) terminal.line("wrote " + (dir / file.path).lexically_normal().string());
  }
  const Result<std::vector<std::string>> types = write_editor_files(dir.string(), kEditorFolder);
  if (!types) return fail(terminal, types.error());
  if (!common.quiet) terminal.line("wrote " + types->front() + " (what scripts see, for editors)");
  if (!common.quiet) {
    const std::string enter = options.dir == "." ? "" : "cd " + options.dir + " && ";
    terminal.line("now: " + enter + "yoke run hello \"How many words is this?\"");
    tell_found(terminal, enter);
  }
  return kExitCompleted;
}

}  // namespace yoke
