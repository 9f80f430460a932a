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
  CHECK(holds(shown.out, "  ✓ a     num.double\n"));
  CHECK(holds(shown.out, "    ✓ b   agent echo  after a\n"));
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

TEST_CASE("a run is shown with the runs below it as one tree, and they are not listed") {
  const Flows project;
  project.agent("chief", "tools = { 'agent:boss' }");
  project.write("models/chief.lua",
                "return model { name = 'chief', reply = function(request)\n"
                "  if #request.messages > 1 then return { text = 'done' } end\n"
                "  return { calls = { { tool = 'agent:boss', args = { task = 'hei' } } } }\nend }");
  project.write("yoke.toml", project.read("yoke.toml") +
                                 "[backends.chief]\npreset = \"scripted\"\n"
                                 "script = \"models/chief.lua\"\n");
  const Ended ended = project.run(Args{"chief", "hei", "--model", "chief/chief"});
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  const Ended shown = project.yoke(Args{"runs", "show", "@last"});
  INFO(shown.out);
  const std::size_t boss = shown.out.find("agent:boss(task=\"hei\")");
  const std::size_t echo = shown.out.find("agent:echo(task=\"hei\")");
  REQUIRE(boss != std::string::npos);
  REQUIRE(echo != std::string::npos);
  const auto column = [&](std::size_t at) { return at - shown.out.rfind('\n', at); };
  CHECK(boss < echo);
  CHECK(column(boss) < column(echo));
  CHECK(holds(shown.out, "with the 2 runs below it: 5 steps, "));
  const Json whole = json_lines(project.yoke(Args{"runs", "show", "@last", "--json"}).out).front();
  const Json& tree = member_at(whole, "tree");
  CHECK(member_at(tree, "usage")["runs"] == 3);
  CHECK(member_at(tree, "usage")["steps"] == 5);
  const Json& call = tree["calls"][0]["calls"][0];
  CHECK(string_at(call, "name") == "boss");
  CHECK(call["usage"]["steps"] == 3);
  CHECK(string_at(call["run"]["calls"][0]["calls"][0], "name") == "echo");

  CHECK(json_lines(project.yoke(Args{"runs", "list", "--json"}).out).size() == 1);
  const std::vector<Json> all =
      json_lines(project.yoke(Args{"runs", "list", "--all", "--json"}).out);
  REQUIRE(all.size() == 3);
  CHECK(string_at(all[0], "agent") == "echo");
  CHECK(string_at(all[0]["parent"], "run") == string_at(all[1], "run"));
  const std::string child = string_at(all[0], "run");
  CHECK(project.yoke(Args{"runs", "erase", child, "--yes"}).status == 0);
  CHECK(holds(project.yoke(Args{"runs", "show", "@last"}).out,
              "run " + child + "  what was said in it was erased"));
}

TEST_CASE("what a script and the steps of a plan called stands under them") {
  const Flows project;
  project.run(Args{"planner", R"({"steps":[{"id":"a","tool":"num.double","inputs":{"n":4}},)"
                              R"({"id":"b","agent":"echo","task":"of ${a.n}"},)"
                              R"({"id":"c","tool":"num.double","inputs":{"n":4000}},)"
                              R"({"id":"d","tool":"num.double","inputs":{"n":"$c.n"}}]})"});
  const Ended plan = project.yoke(Args{"runs", "show", "@last"});
  INFO(plan.out);
  std::size_t before = 0;
  for (const char* part :
       {"step 1", "proposed a plan", "script plan", "✓ a  num.double", "num.double(n=4)",
        "→ {\"n\":8}", "✓ b  agent echo  after a", "agent:echo(task=\"of 8\")", "✗ c  num.double",
        "- d  num.double  after c"}) {
    INFO(part);
    const std::size_t found = plan.out.find(part, before);
    REQUIRE(found != std::string::npos);
    before = found;
  }
  project.flow(
      "local all = w.all { function() return w.tool('num.double', { n = 4 }).n end,\n"
      "  function() return w.model('you') end }\nreturn all[1]");
  project.run(Args{"flow"});
  const Ended flow = project.yoke(Args{"runs", "show", "@last"});
  INFO(flow.out);
  CHECK(holds(flow.out, "  script flow  1 steps, "));
  CHECK(holds(flow.out, "    num.double(n=4)"));
  CHECK(holds(flow.out, "      → {\"n\":8}"));
  CHECK(holds(flow.out, "    step 1  demo/m"));
}

TEST_CASE("a question of a run below is shown where the run is that waits for it") {
  const Flows project;
  project.write("workflows/asks.lua",
                "return workflow { name = 'asks', run = function(w)\n"
                "  return w.ask { title = 'Which one?' }\nend }");
  project.flow("return w.agent('asks', {})");
  CHECK(project.run(Args{"flow"}).status == 3);
  const Ended shown = project.yoke(Args{"runs", "show", "@last"});
  INFO(shown.out);
  const std::vector<Json> all =
      json_lines(project.yoke(Args{"runs", "list", "--all", "--json"}).out);
  CHECK(holds(shown.out, "  waiting (question)  "));
  CHECK(holds(shown.out, "yoke runs answer " + string_at(all.front(), "run") + " "));
}

}  // namespace yoke::testing
