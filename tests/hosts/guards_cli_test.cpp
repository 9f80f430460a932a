#include <catch2/catch.hpp>

#include "tests/hosts/sample.h"

// Guardrails, through the program.
namespace yoke::testing {
namespace {

// Says what it was asked, calls what it is told to, and judges.
constexpr const char* kGuardsModel = R"lua(return {
  model {
    name = "sample",
    reply = function(request)
      local task, result
      for _, message in ipairs(request.messages) do
        for _, part in ipairs(message.parts) do
          if message.role == "user" and part.type == "text" then task = task or part.text end
          if part.type == "tool_result" then result = part.content end
        end
      end
      if result then return { text = "it said: " .. result } end
      local text = task:match("^count (.*)$")
      if text then return { calls = { { tool = "words.echo", args = { text = text } } } } end
      return { text = (task:gsub("AT", "@")) }
    end,
  },
  model {
    name = "judge",
    reply = function(request)
      local text = request.messages[1].parts[1].text
      local found = text:find("dose", 1, true) ~= nil
      return { text = '{"found": ' .. tostring(found) .. ', "why": "it names a dose"}' }
    end,
  },
}
)lua";

constexpr const char* kTool = R"lua(return tool {
  name = "words.echo", description = "Echoes.", input = { text = "string" }, effect = "read",
  run = function(input) return { text = input.text, mail = "bob@corp.example" } end,
}
)lua";

class GuardedProject : public Sample {
 public:
  explicit GuardedProject(const std::string& guards) {
    write("models/sample.lua", kGuardsModel);
    write("tools/echo.lua", kTool);
    write("yoke.toml", read("yoke.toml") + guards);
  }
  Ended ask(const std::string& task) const { return yoke(Args{"run", "--quiet", "helper", task}); }
  std::string decisions() const {
    std::string out;
    for (const Json& event : events("@last")) {
      if (string_at(event, "kind") != "guard.decided") continue;
      out += string_at(event, "where") + " " + string_at(event, "guard") + " " +
             string_at(event, "verdict") + "; ";
    }
    return out;
  }
};

}  // namespace

TEST_CASE("a guard cuts addresses out of a task, a result and an answer") {
  const GuardedProject project(R"toml(
[guards.privacy]
agents = ["*"]
find = ["email"]
verdict = "redact"
)toml");
  const Ended counted = project.ask("count write to ann@corp.example");
  CHECK(counted.status == 0);
  CHECK(counted.out == "it said: {\"mail\":\"[email]\",\"text\":\"write to [email]\"}\n");
  CHECK(project.decisions() == "input privacy redact; tool_result privacy redact; ");
  CHECK(project.ask("annATcorp.example").out == "[email]\n");
  CHECK(project.decisions() == "output privacy redact; ");
  CHECK(project.yoke(Args{"runs", "replay", "@last"}).status == 0);
  for (const char* file : {".yoke/yoke.db", ".yoke/yoke.db-wal"}) {
    CHECK(project.read(file).find("ann@corp") == std::string::npos);
  }
}

TEST_CASE("a task that is blocked starts no run, and says which guard and why") {
  const GuardedProject project(R"toml(
[guards.cards]
agents = ["helper"]
at = ["input"]
find = ["card"]
why = "no card numbers here"
)toml");
  const Ended ended = project.ask("pay with 4111 1111 1111 1111");
  CHECK(ended.status != 0);
  CHECK(holds(ended.err, "blocked by the guard 'cards' (finds card): no card numbers here"));
  CHECK(ended.err.find("4111") == std::string::npos);
  CHECK(project.newest_run().empty());
  CHECK(project.ask("pay with 4111 1111 1111 1112").status == 0);
}

TEST_CASE("a script in the sandbox is a guard, and one that fails blocks") {
  const GuardedProject project(R"toml(
[guards.tone]
agents = ["*"]
at = ["output"]
lua = "guards/tone.lua"
verdict = "redact"
)toml");
  project.write("guards/tone.lua", R"lua(return check {
  run = function(subject)
    if subject.text:find("boom") then error("broken") end
    if subject.text:upper() ~= subject.text then return true end
    return { value = subject.text:lower(), why = "too loud" }
  end,
}
)lua");
  CHECK(project.ask("HELLO").out == "hello\n");
  CHECK(project.decisions() == "output tone redact; ");
  CHECK(project.ask("hello").out == "hello\n");
  CHECK(project.decisions().empty());
  const Ended broken = project.ask("boom");
  CHECK(broken.status == 1);
  CHECK(holds(broken.err, "guards/tone.lua:3: broken"));
}

TEST_CASE("a judge is a run of its own, and what it finds blocks the answer") {
  const GuardedProject project(R"toml(
[guards.medicine]
at = ["output"]
agents = ["*"]
judge = "demo/judge"
ask = "Does the text give medical advice?"
)toml");
  CHECK(project.ask("drink water").out == "drink water\n");
  CHECK(project.decisions().empty());
  const Ended blocked = project.ask("take a double dose");
  CHECK(blocked.status == 1);
  CHECK(blocked.out.empty());
  CHECK(holds(blocked.err, "blocked by the guard 'medicine' (judge demo/judge): it names a dose"));
  const Ended listed = project.yoke(Args{"runs", "list", "--agent", "guard", "--json"});
  CHECK(json_lines(listed.out).size() == 2);
}

TEST_CASE("an agent names its guards, and one that is none is told with the nearest") {
  const GuardedProject project("\n[guards.privacy]\nfind = [\"email\"]\nverdict = \"redact\"\n");
  CHECK(project.ask("annATcorp.example").out == "ann@corp.example\n");
  project.write("agents/shy.lua",
                "return agent { name = \"shy\", model = \"default\", guards = { \"privacy\" } }");
  CHECK(project.yoke(Args{"run", "--quiet", "shy", "annATcorp.example"}).out == "[email]\n");
  project.write("agents/shy.lua",
                "return agent { name = \"shy\", model = \"default\", guards = { \"privcy\" } }");
  const Ended wrong = project.yoke(Args{"run", "shy", "x"});
  CHECK(wrong.status == 2);
  CHECK(holds(wrong.err, "there is no guard 'privcy' (did you mean 'privacy'?)"));
}

TEST_CASE("a guard that cannot be is told with its line") {
  const GuardedProject find("\n[guards.g]\nfind = [\"emial\"]\n");
  const Ended ended = find.ask("x");
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "yoke.toml:13: [guards.g] 'find' names 'emial'"));
  CHECK(holds(ended.err, "(did you mean 'email'?)"));
  const GuardedProject key("\n[guards.g]\nfnd = [\"email\"]\n");
  CHECK(holds(key.ask("x").err, "yoke.toml:13"));
  const GuardedProject script("\n[guards.g]\nlua = \"guards/none.lua\"\n");
  CHECK(holds(script.ask("x").err, "guards/none.lua"));
}

}  // namespace yoke::testing
