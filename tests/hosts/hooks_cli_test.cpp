#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"

// An operator's commands and scripts around calls, through the program.
namespace yoke::testing {
namespace {

// Notes what it is told, then says what came of it.
constexpr const char* kNotingModel = R"lua(return model {
  name = "m",
  reply = function(request)
    local parts = request.messages[#request.messages].parts
    if parts[1].type == "tool_result" then return { text = "read " .. parts[1].content } end
    return { calls = { { tool = "note.add", args = { line = parts[1].text } } } }
  end,
}
)lua";

constexpr const char* kNoteTool = R"lua(return tool {
  name = "note.add", description = "Adds a line.", input = { line = "string" }, effect = "read",
  run = function(input) return { added = input.line } end,
}
)lua";

class HookedProject : public TempProject {
 public:
  explicit HookedProject(const std::string& hooks) : TempProject(YOKE_PROGRAM) {
    write("yoke.toml",
          "[backends.demo]\npreset = \"scripted\"\nscript = \"models/m.lua\"\n"
          "[routes.default]\ntargets = [\"demo/m\"]\n" +
              hooks);
    write("models/m.lua", kNotingModel);
    write("tools/note.lua", kNoteTool);
    write("agents/a.lua", "return agent { name = 'a', instructions = '', tools = { 'note.*' } }");
  }
  Ended ask(const std::string& task) const { return yoke(Args{"run", "a", task}); }
  // "HOOK VERDICT; …" of the newest run.
  std::string asked() const {
    std::string out;
    for (const Json& event : events("@last")) {
      if (string_at(event, "kind") != "hook.ran") continue;
      out += string_at(event, "hook") + " " + string_at(event, "verdict") + "; ";
    }
    return out;
  }
};

}  // namespace

TEST_CASE("a command written for Claude Code keeps a call back, and the model reads why") {
  const HookedProject project(
      "[[hooks.PreToolUse]]\nmatcher = 'note\\..*'\ncommand = 'sh hooks/guard.sh'\n");
  project.write("hooks/guard.sh",
                "grep -q password || exit 0\necho 'no passwords in notes' >&2\nexit 2\n");
  CHECK(holds(project.ask("buy milk").out, R"({"added":"buy milk"})"));
  CHECK(project.asked() == "PreToolUse 1 none; ");
  const Ended refused = project.ask("my password");
  INFO(refused.err);
  CHECK(refused.status == 0);
  CHECK(holds(refused.out, "the hook 'PreToolUse 1' denies it: no passwords in notes"));
  CHECK(project.asked() == "PreToolUse 1 deny; ");
  CHECK(project.yoke(Args{"runs", "replay", "@last"}).status == 0);
  CHECK(project.yoke(Args{"runs", "verify", "@last"}).status == 0);
}

TEST_CASE("a script changes the arguments of a call, and a command adds to the task") {
  const HookedProject project(
      "[[hooks.PreToolUse]]\nlua = 'hooks/shout.lua'\n"
      "[[hooks.UserPromptSubmit]]\ncommand = 'echo It is Sunday.'\n"
      "[[hooks.PostToolUse]]\ncommand = 'cat > seen.json'\n");
  project.write("hooks/shout.lua",
                "return hook { run = function(event)\n"
                "  local line = event.tool_input.line:upper()\n"
                "  return { hookSpecificOutput = { updatedInput = { line = line } } }\nend }\n");
  const Ended ended = project.ask("buy milk");
  INFO(ended.err);
  CHECK(holds(ended.out, "BUY MILK"));
  CHECK(holds(ended.out, "IT IS SUNDAY."));
  const Json seen = Json::parse(project.read("seen.json"));
  CHECK(holds(seen["tool_input"]["line"].get<std::string>(), "BUY MILK"));
  CHECK(seen["hook_event_name"] == "PostToolUse");
  CHECK(project.asked() == "UserPromptSubmit 1 none; PreToolUse 1 none; PostToolUse 1 none; ");
}

TEST_CASE("a hook that says not to go on ends the run with its words") {
  const HookedProject project(
      "[[hooks.PostModelCall]]\n"
      "command = '''echo '{\"continue\": false, \"stopReason\": \"enough\"}' '''\n");
  const Ended ended = project.ask("buy milk");
  CHECK(ended.status == 1);
  CHECK(holds(ended.err, "(hook.stopped)"));
  CHECK(holds(ended.err, "enough"));
}

TEST_CASE("a hook that fails is told of, and blocks only where it is told to") {
  const std::string hook = "[[hooks.PreToolUse]]\ncommand = 'echo broken >&2; exit 1'\n";
  const Ended ignored = HookedProject(hook).ask("buy milk");
  CHECK(holds(ignored.out, R"({"added":"buy milk"})"));
  CHECK(holds(ignored.err, "hook 'PreToolUse 1': it failed: it exited with status 1: broken"));
  const Ended blocked = HookedProject(hook + "on_failure = \"block\"\n").ask("buy milk");
  CHECK(holds(blocked.out, "the hook 'PreToolUse 1' denies it: it failed"));
}

TEST_CASE("what is wrong with a hook is told with its line") {
  const auto complaint = [](const std::string& hooks) {
    return HookedProject("# line 6\n" + hooks).ask("x").err;
  };
  CHECK(holds(complaint("[[hooks.PreToolUs]]\ncommand = 'true'\n"),
              "'PreToolUs' is no point where hooks are asked (did you mean 'PreToolUse'?)"));
  CHECK(holds(complaint("[[hooks.PreToolUs]]\ncommand = 'true'\n"), "yoke.toml:7"));
  CHECK(holds(complaint("[[hooks.PreToolUse]]\nlua = 'no.lua'\n"), "no such Lua file"));
  CHECK(holds(complaint("[[hooks.PreToolUse]]\nmatcher = '('\ncommand = 'true'\n"),
              "'matcher' cannot be read by RE2"));
  CHECK(holds(complaint("[[hooks.Stop]]\n"), "it says neither 'command' nor 'lua'"));
}

}  // namespace yoke::testing
