#include <catch2/catch.hpp>

#include "tests/hosts/sample.h"

// `yoke tools …` and `yoke agents …`.
namespace yoke::testing {

TEST_CASE("tools are listed with their effects, for people and for programs") {
  const Sample sample;
  const Ended listed = sample.yoke(Args{"tools", "list"});
  CHECK(listed.status == 0);
  CHECK(holds(listed.out, "words.count             read        Counts the words of a text."));
  CHECK(holds(listed.out, "door.open               once"));
  const std::vector<Json> specs = json_lines(sample.yoke(Args{"tools", "list", "--json"}).out);
  REQUIRE(specs.size() > 4);  // the bundled ones too
  for (const Json& spec : specs) CHECK_FALSE(string_at(spec, "description").empty());
}

TEST_CASE("a tool is shown with its schema, its powers and whether they are granted") {
  const Sample sample;
  const Ended shown = sample.yoke(Args{"tools", "show", "peer.wait"});
  CHECK(shown.status == 0);
  CHECK(holds(shown.out, "connect to 127.0.0.1, port 9"));
  CHECK(holds(shown.out, "granted   yes"));
  CHECK(holds(shown.out, "\"type\": \"object\""));
}

TEST_CASE("a tool that does not exist brings up the nearest") {
  const Sample sample;
  const Ended shown = sample.yoke(Args{"tools", "show", "words.cuont"});
  CHECK(shown.status == 2);
  CHECK(holds(shown.err, "did you mean 'words.count'?"));
}

TEST_CASE("a tool is called by hand as an agent would call it") {
  const Sample sample;
  const Ended called = sample.yoke(Args{"tools", "call", "words.count", R"({"text":"a b c"})"});
  CHECK(called.status == 0);
  CHECK(called.out == "{\n  \"words\": 3\n}\n");
  CHECK(holds(called.err, "info: counting"));
  const Ended json =
      sample.yoke(Args{"tools", "call", "--json", "words.count", R"({"text":"a b c"})"});
  CHECK(json.out == "{\"words\":3}\n");
}

TEST_CASE("arguments that do not fit are refused with path, expected and found") {
  const Sample sample;
  const Ended wrong = sample.yoke(Args{"tools", "call", "words.count", R"({"text":5})"});
  CHECK(wrong.status == 2);
  CHECK(holds(wrong.err, "text"));
  CHECK(holds(wrong.err, "string"));
  CHECK(holds(wrong.err, "5"));
  const Ended broken = sample.yoke(Args{"tools", "call", "words.count", R"({"text":)"});
  CHECK(broken.status == 2);
  CHECK(holds(broken.err, "the arguments"));
}

TEST_CASE("a call that policy denies is not made by hand either") {
  const Sample sample;
  const Ended denied = sample.yoke(Args{"tools", "call", "--yes", "words.burn", "{}"});
  CHECK(denied.status == 1);
  CHECK(denied.out.empty());
  CHECK(holds(denied.err, "words.burn"));
  const Ended explained = sample.yoke(Args{"tools", "explain", "words.burn"});
  CHECK(explained.status == 0);
  CHECK(holds(explained.out, "deny"));
  const Ended json = sample.yoke(Args{"tools", "explain", "--json", "words.count"});
  CHECK(string_at(json_lines(json.out).front(), "verdict") == "allow");
}

TEST_CASE("a tool that computes past its timeout is given up then, not at its quota") {
  const Sample sample;
  sample.write("tools/slow.lua", R"lua(return tool {
  name = "slow.spin", description = "Spins.", input = {}, effect = "read", timeout = "10ms",
  run = function() while true do end end,
})lua");
  const Ended ended = sample.yoke(Args{"tools", "call", "slow.spin"});
  CHECK(ended.status == 1);
  CHECK(holds(ended.err, "timeout is 10 ms"));
}

TEST_CASE("no grant reaches the store, the secrets or the code that the settings name") {
  const Sample sample;
  sample.write("yoke.toml", R"toml([store]
url = "sqlite:data/runs.db"
[secrets]
KEY = "file:keys/k"
[tools]
paths = ["tools", "mytools"]
)toml");
  sample.write("keys/k", "hidden");
  sample.write("data/runs.db", "journal");
  sample.write("mytools/wide.lua", R"lua(return tool {
  name = "wide.touch", description = "Touches.", input = { path = "string" }, effect = "idempotent",
  permissions = { read = { "." }, write = { "." } },
  run = function(input)
    return { read = pcall(fs.read, input.path), written = pcall(fs.write, input.path, "x") }
  end,
})lua");
  REQUIRE(sample.yoke(Args{"tools", "grant", "wide.touch"}).status == 0);
  const auto touched = [&](const std::string& path) {
    const std::string args = to_text(Json{{"path", path}});
    return sample.yoke(Args{"tools", "call", "--json", "wide.touch", args}).out;
  };
  for (const std::string path : {"data/runs.db", "data/runs.db-wal", "keys/k"}) {
    CHECK(touched(path) == "{\"read\":false,\"written\":false}\n");
  }
  CHECK(touched("mytools/wide.lua") == "{\"read\":true,\"written\":false}\n");
  CHECK(touched("notes.txt") == "{\"read\":false,\"written\":true}\n");
}

TEST_CASE("a rule for a tool that is not there stops runs, and is a problem to the doctor") {
  const Sample sample;
  std::string config = sample.read("yoke.toml");
  config.replace(config.find("words.burn"), 10, "words.brun");
  sample.write("yoke.toml", config);
  const Ended run = sample.yoke(Args{"run", "helper", "say hello"});
  CHECK(run.status == 2);
  CHECK(holds(run.err, "yoke.toml:10: the rule 'words.brun' in policy.deny names a tool"));
  CHECK(holds(run.err, "did you mean 'words.burn'?"));
  const Ended doctor = sample.yoke(Args{"doctor"});
  CHECK(doctor.status == 1);
  CHECK(holds(doctor.out, "did you mean 'words.burn'?"));
}

TEST_CASE("a tool that asks for powers is refused until it is granted them") {
  const Sample sample;
  sample.write("tools/far.lua", R"lua(return tool {
  name = "far.get", description = "Goes far.", input = {}, effect = "read",
  permissions = { net = { "far.example" } }, run = function() return {} end,
})lua");
  const Ended refused = sample.yoke(Args{"tools", "call", "--yes", "far.get"});
  CHECK(refused.status == 1);
  CHECK(holds(refused.err, "yoke tools grant far.get"));
  const Ended granted = sample.yoke(Args{"tools", "grant", "far.get"});
  CHECK(granted.status == 0);
  CHECK(holds(granted.err, "connect to far.example"));
  CHECK(sample.yoke(Args{"tools", "call", "far.get"}).status == 0);
  CHECK(holds(sample.read("yoke.lock"), "far.get"));
}

TEST_CASE("nobody is asked to approve a call that no grant covers") {
  const Sample sample;
  sample.write("tools/door.lua", R"lua(return tool {
    name = "door.shut", description = "Shuts the door.", input = {}, effect = "once",
    permissions = { net = { "door.example" } }, run = function() return { shut = true } end,
  })lua");
  sample.write("models/shut.lua", R"lua(return model {
    name = "shut",
    reply = function(request)
      if #request.messages > 1 then return { text = "done" } end
      return { calls = { { tool = "door.shut", args = {} } } }
    end,
  })lua");
  sample.write("yoke.toml", sample.read("yoke.toml") + R"toml(
[backends.shut]
preset = "scripted"
script = "models/shut.lua"
)toml");
  const Ended ended = sample.yoke(Args{"run", "-p", "shut it", "--model", "shut/shut"});
  CHECK(ended.status == 0);
  CHECK(ended.out == "done\n");
  CHECK(holds(ended.err, "yoke tools grant door.shut"));
  sample.yoke(Args{"tools", "grant", "door.shut"});
  const Ended replayed = sample.yoke(Args{"runs", "replay", "@last"});
  CHECK(replayed.status == 0);
}

TEST_CASE("a granted tool that comes to ask for more is refused again") {
  const Sample sample;
  const std::string tool = sample.read("tools/peer.lua");
  const std::size_t at = tool.find("\"127.0.0.1:9\"");
  sample.write("tools/peer.lua", tool.substr(0, at) + "\"more.example\", " + tool.substr(at));
  const Ended refused = sample.yoke(Args{"tools", "call", "peer.wait"});
  CHECK(refused.status == 1);
  CHECK(holds(refused.err, "more.example"));
  const Ended run = sample.yoke(Args{"run", "helper", "wait"});
  CHECK(run.status == 0);
  CHECK(holds(run.out, "it failed: "));
}

TEST_CASE("the project's tool files are checked, or the named ones") {
  const Sample sample;
  const Ended well = sample.yoke(Args{"tools", "check"});
  CHECK(well.status == 0);
  CHECK(holds(well.err, " tools are well"));
  sample.write("loose/quiet.lua",
               "return tool { name = \"a.b\", input = {}, run = function() return {} end }");
  const Ended quiet = sample.yoke(Args{"tools", "check", "loose/quiet.lua"});
  CHECK(quiet.status == 2);
  CHECK(holds(quiet.err, "description"));
}

TEST_CASE("a broken tool file is named with its line") {
  const Sample sample;
  sample.write("tools/broken.lua", "local x = 1\nreturn tool {\n  name = = 2\n}\n");
  const Ended checked = sample.yoke(Args{"tools", "check"});
  CHECK(checked.status == 2);
  CHECK(holds(checked.err, "tools/broken.lua:3:"));
  const Ended listed = sample.yoke(Args{"tools", "list"});
  CHECK(listed.status == 2);
  CHECK(holds(listed.out, "words.count"));
}

TEST_CASE("a tool whose schema is wrong is named with what is wrong") {
  const Sample sample;
  sample.write("tools/odd.lua", R"lua(
return tool {
  name = "odd.one", description = "Odd.", input = { n = "integr" },
  run = function() return {} end,
})lua");
  const Ended checked = sample.yoke(Args{"tools", "check", "tools/odd.lua"});
  CHECK(checked.status == 2);
  CHECK(holds(checked.err, "tools/odd.lua:2"));
  CHECK(holds(checked.err, "integr"));
  CHECK(holds(checked.err, "integer"));
}

TEST_CASE("a key that tools do not have brings up the nearest") {
  const Sample sample;
  sample.write("tools/odd.lua",
               "return tool { name = \"a.b\", description = \"x\", inptu = {},\n"
               "  run = function() return {} end }");
  const Ended checked = sample.yoke(Args{"tools", "check", "tools/odd.lua"});
  CHECK(checked.status == 2);
  CHECK(holds(checked.err, "did you mean 'input'?"));
}

TEST_CASE("an error in a tool reaches the model with its place, and the run goes on") {
  const Sample sample;
  sample.write("yoke.toml",
               "[backends.demo]\npreset = \"scripted\"\nscript = \"models/sample.lua\"\n"
               "[routes.default]\ntargets = [\"demo/sample\"]\n");
  sample.write("tools/sample.lua", R"lua(return tool {
  name = "words.count", description = "Breaks.", input = { text = "string" }, effect = "read",
  run = function(input)
    local nothing = nil
    return { words = nothing.count }
  end,
})lua");
  sample.write("agents/helper.lua", R"lua(return agent { name = "helper", description = "x",
  model = "default", instructions = "x", tools = { "words.*" } })lua");
  const Ended ended = sample.yoke(Args{"run", "helper", "count a"});
  CHECK(ended.status == 0);
  CHECK(holds(ended.out, "it failed: "));
  CHECK(holds(ended.out, "tools/sample.lua:5"));
}

TEST_CASE("agents are listed, and checked with their tools and their model") {
  const Sample sample;
  const Ended listed = sample.yoke(Args{"agents", "list"});
  CHECK(listed.status == 0);
  CHECK(holds(listed.out, "helper              Does what it is told."));
  CHECK(json_lines(sample.yoke(Args{"agents", "list", "--json"}).out).size() == 2);
  CHECK(sample.yoke(Args{"agents", "check"}).status == 0);
  sample.write("agents/lost.lua",
               "return agent { name = \"lost\", description = \"x\", model = \"nowhere\",\n"
               "  instructions = \"x\", tools = {} }");
  const Ended checked = sample.yoke(Args{"agents", "check"});
  CHECK(checked.status == 2);
  CHECK(holds(checked.err, "agents/lost.lua"));
  CHECK(holds(checked.err, "nowhere"));
}

TEST_CASE("an agent that wants a tool that is not there is told the nearest") {
  const Sample sample;
  sample.write("agents/lost.lua",
               "return agent { name = \"lost\", description = \"x\", model = \"default\",\n"
               "  instructions = \"x\", tools = { \"word.count\" } }");
  const Ended ended = sample.yoke(Args{"run", "lost", "say x"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "words.count"));
}

}  // namespace yoke::testing
