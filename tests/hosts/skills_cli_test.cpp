#include <catch2/catch.hpp>

#include "tests/hosts/sample.h"

// Skills and context files, as a run has them.
namespace yoke::testing {
namespace {

// A model that tells what it was instructed, or loads what the task names.
constexpr const char* kSkillsModel = R"lua(return model {
  name = "sample",
  reply = function(request)
    local task, result
    for _, message in ipairs(request.messages) do
      for _, part in ipairs(message.parts) do
        if message.role == "user" and part.type == "text" then task = task or part.text end
        if part.type == "tool_result" then result = part.content end
      end
    end
    if result then return { text = result } end
    if task == "tell" then return { text = "told: " .. (request.instructions or "") } end
    local name, file = task:match("^load (%S+)%s*(%S*)$")
    return { calls = { { tool = "skill.load",
                         args = { name = name, file = file ~= "" and file or nil } } } }
  end,
}
)lua";

class Skilled : public Sample {
 public:
  Skilled() {
    write("models/sample.lua", kSkillsModel);
    write("skills/tides/SKILL.md",
          "---\nname: tides\ndescription: Reads tide tables. Use it for harbours.\n---\n"
          "Ask for the harbour first.\n");
    write("skills/tides/tables/oslo.md", "low at six");
  }
  std::string answer(const std::string& task, const std::string& agent = "helper") const {
    const Ended ended = yoke(Args{"run", "--quiet", agent, task});
    INFO(ended.err);
    CHECK(ended.status == 0);
    return ended.out;
  }
};

}  // namespace

TEST_CASE("a skill is offered by name and loaded when a model asks for it") {
  const Skilled project;
  CHECK(holds(project.answer("tell"), "\n- tides: Reads tide tables. Use it for harbours."));
  const std::string loaded = project.answer("load tides");
  CHECK(holds(loaded, "Ask for the harbour first."));
  CHECK(holds(loaded, "tables/oslo.md"));
  CHECK(holds(project.answer("load tides tables/oslo.md"), "low at six"));
  CHECK(holds(project.answer("load tides ../../yoke.toml"), "has no file '../../yoke.toml'"));
  const Ended replayed = project.yoke(Args{"runs", "replay", "@last"});
  CHECK(replayed.status == 0);
}

TEST_CASE("a run keeps the skill that it began with") {
  const Skilled project;
  project.answer("load tides");
  const std::string run = project.newest_run();
  project.write("skills/tides/SKILL.md",
                "---\nname: tides\ndescription: Else.\n---\nOther words.\n");
  std::string called;
  for (const Json& event : project.events(run)) {
    if (string_at(event, "kind") == "tool.called") called = std::to_string(event["seq"].get<int>());
  }
  const Ended forked = project.yoke(Args{"runs", "fork", run, "--at", called, "--quiet"});
  INFO(forked.err);
  CHECK(holds(forked.out, "Ask for the harbour first."));
  CHECK(holds(project.answer("load tides"), "Other words."));
}

TEST_CASE("an agent that asks for no skills is offered none") {
  const Skilled project;
  project.write("agents/bare.lua",
                "return agent { name = \"bare\", model = \"default\", tools = {}, skills = {} }");
  CHECK(project.answer("tell", "bare").find("tides") == std::string::npos);
  project.write("agents/picky.lua",
                "return agent { name = \"picky\", model = \"default\", skills = { \"tide\" } }");
  const Ended ended = project.yoke(Args{"run", "picky", "tell"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "there is no skill 'tide' (did you mean 'tides'?)"));
}

TEST_CASE("skills are listed and shown, and a bad one is told with its line") {
  const Skilled project;
  CHECK(project.yoke(Args{"skills", "list"}).out ==
        "tides               Reads tide tables. Use it for harbours.\n");
  const Ended shown = project.yoke(Args{"skills", "show", "tides"});
  CHECK(holds(shown.out, "Ask for the harbour first.\n\nfiles:\n  tables/oslo.md (10 bytes)\n"));
  CHECK(project.yoke(Args{"skills", "show", "tide"}).status == 2);
  project.write("skills/broken/SKILL.md", "---\nname: broken\n---\nx");
  const Ended listed = project.yoke(Args{"skills", "list"});
  CHECK(listed.status == 2);
  CHECK(holds(listed.err, "skills/broken/SKILL.md:1: the front matter has no 'description'"));
  CHECK(holds(project.yoke(Args{"run", "helper", "tell"}).err, "note: not loaded: skills/broken/"));
  CHECK(holds(project.yoke(Args{"doctor"}).out, "skills/broken/SKILL.md:1"));
}

TEST_CASE("AGENTS.md is shown to every agent that does not decline it") {
  const Skilled project;
  CHECK(project.answer("tell").find("AGENTS.md") == std::string::npos);
  project.write("AGENTS.md", "# Rules\n\nWrite British English.\n");
  CHECK(holds(project.answer("tell"),
              "Do what you are told.\n\nWhat the project's AGENTS.md says:\n\n# Rules\n\nWrite "
              "British English.\n\n(End of AGENTS.md.)"));
  project.write("agents/bare.lua",
                "return agent { name = \"bare\", model = \"default\", context = false }");
  CHECK(project.answer("tell", "bare").find("British") == std::string::npos);
}

TEST_CASE("a context file that is named must be there and fit") {
  const Skilled project;
  const std::string config = project.read("yoke.toml");
  project.write("yoke.toml",
                config + "\n[context]\nfiles = [\"RULES.md\"]\nbytes_max = \"1KiB\"\n");
  const Ended missing = project.yoke(Args{"run", "helper", "tell"});
  CHECK(missing.status == 2);
  CHECK(holds(missing.err, "yoke.toml:13: context.files: "));
  project.write("RULES.md", std::string(1025, 'x'));
  const Ended large = project.yoke(Args{"run", "helper", "tell"});
  CHECK(large.status == 2);
  CHECK(holds(large.err, "with RULES.md the context files are over 1024 bytes"));
  project.write("RULES.md", "Be brief.");
  CHECK(holds(project.answer("tell"), "Be brief."));
}

}  // namespace yoke::testing
