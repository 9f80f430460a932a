#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"

// Workflows, code mode, plans and subagents through the real program.
namespace yoke::testing {
namespace {

constexpr const char* kTools = R"lua(return {
  tool { name = "note.add", description = "Adds a line.", input = { line = "string" },
         effect = "once", permissions = { read = { "." }, write = { "." } },
         run = function(input)
           local before = fs.exists("notes.txt") and fs.read("notes.txt") or ""
           fs.write("notes.txt", before .. input.line .. "\n")
           return { added = input.line }
         end },
  tool { name = "num.double", description = "Twice a number.", input = { n = "integer" },
         output = { n = "integer" }, effect = "read",
         run = function(input)
           if input.n > 1000 then error("too big", 0) end
           return { n = 2 * input.n }
         end },
}
)lua";

// Its model writes a script for the coder, a plan for the planner, a call for the boss.
constexpr const char* kModel = R"lua(
local function last(request)
  local parts = request.messages[#request.messages].parts
  return parts[1].type == "tool_result" and parts[1] or nil
end
return model { name = "m", reply = function(request)
  local result, task = last(request), request.messages[1].parts[1].text
  local offered = request.tools[1] and request.tools[1].name or ""
  if result then return { text = "so " .. result.content } end
  if offered == "code.run" then
    return { calls = { { tool = "code.run", args = { script = task } } } }
  elseif offered == "plan.propose" then
    return { calls = { { tool = "plan.propose", args = json.decode(task:match("^[^\n]*")) } } }
  elseif offered == "agent:echo" then
    return { calls = { { tool = "agent:echo", args = { task = task } } } }
  end
  return { text = "heard " .. task }
end }
)lua";

class Flows : public TempProject {
 public:
  Flows() : TempProject(YOKE_PROGRAM) {
    write("yoke.toml",
          "[backends.demo]\npreset = \"scripted\"\nscript = \"models/m.lua\"\n"
          "[routes.default]\ntargets = [\"demo/m\"]\n[policy]\nallow = [\"num.*\", \"note.*\"]\n");
    write("tools/t.lua", kTools);
    write("models/m.lua", kModel);
    write("agents/echo.lua", "return agent { name = 'echo', instructions = '', tools = {} }");
    agent("coder", "strategy = 'code', tools = { 'num.*', 'note.*' }");
    agent("planner", "strategy = 'plan', tools = { 'num.*', 'agent:echo' }");
    agent("careful", "strategy = 'plan', tools = { 'num.*' }, plan = { approve = true }");
    agent("boss", "tools = { 'agent:echo' }");
    REQUIRE(yoke(Args{"tools", "grant", "note.add"}).status == 0);
  }

  void agent(const std::string& name, const std::string& fields) const {
    write("agents/" + name + ".lua",
          "return agent { name = '" + name + "', instructions = '', " + fields + " }");
  }
  void flow(const std::string& body) const {
    write("workflows/flow.lua",
          "return workflow { name = 'flow', run = function(w, input)\n" + body + "\nend }");
  }
  Ended run(Args args) const {
    args.insert(args.begin(), {"run", "--quiet"});
    return yoke(args);
  }
  // The only open question of the newest run.
  std::string question() const {
    std::string id;
    for (const Json& event : events("@last")) {
      if (string_at(event, "kind") == "question.asked") id = string_at(event, "question");
    }
    return id;
  }
  int count(const std::string& kind) const {
    int found = 0;
    for (const Json& event : events("@last")) found += string_at(event, "kind") == kind ? 1 : 0;
    return found;
  }
};

}  // namespace

TEST_CASE("a workflow calls tools, agents and models, side by side and in turn") {
  const Flows project;
  project.flow(
      "local both = w.all { function() return w.tool('num.double', { n = 4 }).n end,\n"
      "  function() return w.agent('echo', { task = 'hei' }) end }\n"
      "local ok, e = pcall(w.tool, 'num.double', { n = 2000 })\n"
      "local first = w.race { function() w.sleep(60) end, function() return w.model('you') end }\n"
      "return { both, ok, e.outcome, first, w.now() > 1000000000, w.random(3) <= 3,\n"
      "  w.step('once', function() return 'kept' end) }");
  const Ended ended = project.run(Args{"flow"});
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(ended.out == "[[8,\"heard hei\"],false,\"error\",\"heard you\",true,true,\"kept\"]\n");
  CHECK(project.yoke(Args{"runs", "replay", "@last"}).status == 0);
  CHECK(project.yoke(Args{"runs", "verify", "@last"}).status == 0);
}

TEST_CASE("a workflow that asks waits, and goes on from there without doing anything twice") {
  const Flows project;
  project.flow(
      "w.tool('note.add', { line = 'before' })\n"
      "local answer = w.ask { title = 'Go on?', choices = { 'yes', 'no' } }\n"
      "w.tool('note.add', { line = answer })\nreturn answer");
  const Ended waits = project.run(Args{"flow"});
  INFO(waits.err);
  CHECK(waits.status == 3);
  CHECK(project.read("notes.txt") == "before\n");
  const Ended answered = project.yoke(Args{"runs", "answer", "@last", project.question(), "yes"});
  INFO(answered.err);
  CHECK(answered.status == 0);
  if (project.count("run.completed") == 0) project.yoke(Args{"runs", "resume", "@last"});
  CHECK(project.read("notes.txt") == "before\nyes\n");
  CHECK(project.count("run.completed") == 1);
}

TEST_CASE("a run keeps the workflow that it began with") {
  const Flows project;
  project.flow("local a = w.ask { title = 'Go on?' }\nreturn 'old ' .. a");
  CHECK(project.run(Args{"flow"}).status == 3);
  project.flow("return 'new'");
  project.yoke(Args{"runs", "answer", "@last", project.question(), "well"});
  if (project.count("run.completed") == 0) project.yoke(Args{"runs", "resume", "@last"});
  CHECK(string_at(project.events("@last").back(), "text") == "old well");
}

TEST_CASE("a workflow's mistakes are told with their place") {
  const Flows project;
  project.flow("local x = w.tool('num.dubble', { n = 1 })");
  const Ended unknown = project.run(Args{"flow"});
  CHECK(unknown.status == 1);
  CHECK(holds(unknown.err, "workflows/flow.lua:2: num.dubble: "));
  CHECK(holds(unknown.err, "did you mean 'num.double'?"));
  project.flow("w.sleep('soon')");
  CHECK(holds(project.run(Args{"flow"}).err, "workflows/flow.lua:2: w.sleep takes seconds"));
  project.write("workflows/typed.lua",
                "return workflow { name = 'typed', input = { week = 'string' },\n"
                "run = function(w, input) return input.week end }");
  CHECK(holds(project.run(Args{"typed"}).err, "the input does not fit"));
  CHECK(project.run(Args{"typed", "--input", "week=12"}).out == "12\n");
  CHECK(holds(project.yoke(Args{"agents", "list"}).out, "typed"));
  CHECK(project.yoke(Args{"agents", "check", "workflows/typed.lua"}).status == 0);
}

TEST_CASE("a model's script calls its agent's tools") {
  const Flows project;
  const Ended ended =
      project.run(Args{"coder",
                       "local sum = 0 for i = 1, 3 do sum = sum + tools.num.double{ n = i }.n end "
                       "return sum"});
  INFO(ended.err);
  CHECK(ended.out == "so 12\n");
  CHECK(project.count("tool.called") == 3);
  CHECK(project.yoke(Args{"runs", "replay", "@last"}).status == 0);
}

TEST_CASE("a plan is carried out, shown with marks, saved, and run again with another input") {
  const Flows project;
  const Ended ended =
      project.run(Args{"planner",
                       R"({"steps":[{"id":"a","tool":"num.double","inputs":{"n":4}},)"
                       R"({"id":"b","agent":"echo","task":"of ${a.n} ${input.x}"}]})",
                       "--input", "x=one"});
  INFO(ended.err);
  CHECK(ended.status == 0);
  const Ended shown = project.yoke(Args{"runs", "show", "@last", "--plan"});
  CHECK(holds(shown.out, "✓ a     num.double"));
  CHECK(holds(shown.out, "✓ b     agent echo  after a"));
  const Ended saved = project.yoke(Args{"runs", "show", "@last", "--plan", "--json"});
  project.write("plan.json", saved.out);
  const Ended again =
      project.run(Args{"planner", "--plan", project.file("plan.json"), "--input", "x=two"});
  INFO(again.err);
  CHECK(again.status == 0);
  CHECK(holds(again.out, "of 8 two"));
  CHECK(holds(project.run(Args{"coder", "--plan", project.file("plan.json")}).err,
              "a plan is for one with strategy"));
}

TEST_CASE("a plan waits for whoever may approve it") {
  const Flows project;
  const Ended waits = project.run(
      Args{"careful", R"({"steps":[{"id":"a","tool":"num.double","inputs":{"n":4}}]})"});
  CHECK(waits.status == 3);
  CHECK(project.count("tool.called") == 0);
  project.yoke(Args{"runs", "answer", "@last", project.question(),
                    R"({"approve":true,"plan":{"steps":[{"id":"a","tool":"num.double",)"
                    R"("inputs":{"n":9}}]}})"});
  if (project.count("run.completed") == 0) project.yoke(Args{"runs", "resume", "@last"});
  CHECK(project.count("plan.changed") == 1);
  CHECK(holds(string_at(project.events("@last").back(), "text"), R"("n":18)"));
}

TEST_CASE("a model hands work to another agent as to a tool") {
  const Flows project;
  const Ended ended = project.run(Args{"boss", "hei"});
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(holds(ended.out, "heard hei"));
  CHECK(project.count("child.started") == 1);
  project.agent("lost", "tools = { 'agent:eko' }");
  CHECK(holds(project.run(Args{"lost", "hei"}).err, "there is no agent 'eko'"));
}

}  // namespace yoke::testing
