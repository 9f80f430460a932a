#include <catch2/catch.hpp>

#include "tests/hosts/sample.h"

// What authors of tools do: add, grant, narrow, explain, lint, test.
namespace yoke::testing {
namespace {

constexpr const char* kFar = R"lua(return tool {
  name = "far.get", description = "Goes far.", input = { n = { type = "integer", doc = "n" } },
  effect = "read", permissions = { net = { "far.example", "127.0.0.1:9" }, kv = "write" },
  run = function(input)
    kv.set("n", input.n)
    local ok, why = pcall(http.get, "https://far.example/" .. input.n)
    return { why = why }
  end,
})lua";

std::string findings_of(const Sample& sample, const std::string& text) {
  sample.write("loose/t.lua", text);
  return sample.yoke(Args{"tools", "check", "loose/t.lua"}).err;
}

}  // namespace

TEST_CASE("a stranger's script is added, told of, granted, and asked about again when it changes") {
  const Sample sample;
  sample.write("got/far.lua", kFar);
  const Ended added = sample.yoke(Args{"tools", "add", "got/far.lua"});
  CHECK(added.status == 0);
  CHECK(holds(added.err, "connect to far.example"));
  CHECK(holds(added.err, "yoke tools grant far.get"));
  CHECK(holds(sample.yoke(Args{"tools", "show", "far.get"}).out, "added from elsewhere"));
  CHECK(sample.yoke(Args{"tools", "call", "far.get", R"({"n":1})"}).status == 1);
  CHECK(holds(sample.yoke(Args{"tools", "grant", "far.get"}).err, "asked about again"));
  CHECK(sample.yoke(Args{"tools", "call", "far.get", R"({"n":1})"}).status == 0);
  sample.write("tools/third_party/far.lua", std::string(kFar) + "\n-- changed\n");
  const Ended changed = sample.yoke(Args{"tools", "show", "far.get"});
  CHECK(holds(changed.out, "granted   no: it comes from elsewhere and has changed since"));
  CHECK(holds(changed.out, "the file or what it requires has changed"));
  CHECK(sample.yoke(Args{"tools", "call", "far.get", R"({"n":1})"}).status == 1);
}

TEST_CASE("what is there already is added again by force alone, and what is broken never") {
  const Sample sample;
  sample.write("got/far.lua", kFar);
  REQUIRE(sample.yoke(Args{"tools", "add", "got/far.lua"}).status == 0);
  const Ended again = sample.yoke(Args{"tools", "add", "got/far.lua"});
  CHECK(again.status == 2);
  CHECK(holds(again.err, "--force"));
  sample.write("got/far.lua", std::string(kFar) + "-- newer");
  CHECK(sample.yoke(Args{"tools", "add", "--force", "got/far.lua"}).status == 0);
  CHECK(holds(sample.read("tools/third_party/far.lua"), "-- newer"));
  sample.write("got/far.lua", "return tool {");
  const Ended broken = sample.yoke(Args{"tools", "add", "--force", "got/far.lua"});
  CHECK(broken.status == 2);
  CHECK(holds(broken.err, "nothing was added: tools/third_party/far.lua:1:"));
  CHECK(holds(sample.read("tools/third_party/far.lua"), "-- newer"));
}

TEST_CASE("a folder is added with its own libraries") {
  const Sample sample;
  sample.write("got/pack/a.lua",
               "local u = require 'lib.u' return tool { name = 'pack.a', description = 'd',\n"
               "  run = function() return u.x end }");
  sample.write("got/pack/lib/u.lua", "return { x = 41 }");
  sample.write("lib/u.lua", "return { x = 'the project's own' }");
  REQUIRE(sample.yoke(Args{"tools", "add", "got/pack"}).status == 0);
  REQUIRE(sample.yoke(Args{"tools", "grant", "--all"}).status == 0);
  CHECK(sample.yoke(Args{"tools", "call", "pack.a"}).out == "41\n");
  sample.write("tools/third_party/pack/lib/u.lua", "return { x = 42 }");
  CHECK(sample.yoke(Args{"tools", "call", "pack.a"}).status == 1);
}

TEST_CASE("a stranger's tool that has the name of an own one is an error that names both") {
  const Sample sample;
  sample.write("tools/third_party/w.lua",
               "return tool { name = 'words.count', description = 'd', run = function() end }");
  const Ended listed = sample.yoke(Args{"tools", "list"});
  CHECK(listed.status == 2);
  CHECK(holds(listed.err, "tools/sample.lua and in lua:tools/third_party/w.lua"));
  sample.write("got/w.lua", sample.read("tools/third_party/w.lua"));
  const Ended added = sample.yoke(Args{"tools", "add", "--force", "got/w.lua"});
  CHECK(added.status == 2);
  CHECK(holds(added.err, "nothing was added: the tool 'words.count' is there already"));
}

TEST_CASE("an own tool that wants more tells what is new since the grant") {
  const Sample sample;
  sample.write("tools/far.lua", kFar);
  REQUIRE(sample.yoke(Args{"tools", "grant", "far.get"}).status == 0);
  std::string more = kFar;
  more.replace(more.find("\"far.example\""), 13, "\"far.example\", \"new.example\"");
  sample.write("tools/far.lua", more);
  const Ended shown = sample.yoke(Args{"tools", "show", "far.get"});
  CHECK(holds(shown.out, "no: it wants more than was granted"));
  CHECK(holds(shown.out, "has changed; new: connect to new.example"));
  CHECK(holds(sample.yoke(Args{"tools", "grant", "far.get"}).err,
              "new since the last grant: connect to new.example"));
}

TEST_CASE("what the operator withholds is shown, explained, and refused when it is asked for") {
  const Sample sample;
  sample.write("tools/far.lua", kFar);
  REQUIRE(sample.yoke(Args{"tools", "grant", "far.get"}).status == 0);
  sample.write("yoke.toml",
               sample.read("yoke.toml") + "[permissions.\"far.*\"]\nnet = [\"127.0.0.1\"]\n");
  CHECK(holds(sample.yoke(Args{"tools", "show", "far.get"}).out,
              "not: connect to far.example (yoke.toml:12 withholds it)"));
  CHECK(holds(sample.yoke(Args{"tools", "explain", "far.get", R"({"n":1})"}).out,
              "withheld by yoke.toml:12: connect to far.example"));
  const Ended called = sample.yoke(Args{"tools", "call", "far.get", R"({"n":1})"});
  CHECK(holds(called.out, "yoke.toml:12 withholds: connect to far.example"));
  CHECK(holds(sample.yoke(Args{"doctor"}).out, "yoke.toml:12"));
}

TEST_CASE("a narrowing that cannot be meant so is an error with its line") {
  const Sample sample;
  const std::string config = sample.read("yoke.toml");
  sample.write("yoke.toml", config + "[permissions.\"wrods.*\"]\nnet = []\n");
  const Ended lost = sample.yoke(Args{"run", "helper", "say x"});
  CHECK(lost.status == 2);
  CHECK(
      holds(lost.err, "yoke.toml:11: [permissions.\"wrods.*\"] narrows a tool that there is none"));
  sample.write("yoke.toml", config + "[permissions.\"words.*\"]\nnte = []\n");
  const Ended unknown = sample.yoke(Args{"run", "helper", "say x"});
  CHECK(unknown.status == 2);
  CHECK(holds(unknown.err, "yoke.toml:12: permissions.nte: there is no such permission"));
  CHECK(holds(unknown.err, "did you mean 'net'?"));
}

TEST_CASE("rules that can never decide stop a run, and rules on tools of later kinds do not") {
  const Sample sample;
  std::string config = sample.read("yoke.toml");
  config.replace(config.find("\"words.*\""), 9, "\"mcp:files.read\", \"words.burn\"");
  sample.write("yoke.toml", config);
  const Ended ended = sample.yoke(Args{"run", "helper", "say x"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "yoke.toml:9: the rule 'words.burn' in policy.allow can never decide"));
  CHECK(holds(ended.err, "(yoke.toml:10) wins over it"));
  CHECK_FALSE(ended.err.find("mcp:") != std::string::npos);
}

TEST_CASE("the rule that decides is explained with the rules that it wins over") {
  const Sample sample;
  const Ended text = sample.yoke(Args{"tools", "explain", "words.burn", "{}"});
  CHECK(holds(text.out, "deny: the rule 'words.burn' in policy.deny (yoke.toml:10)"));
  CHECK(holds(text.out, "it wins over allow: the rule 'words.*' in policy.allow (yoke.toml:9)"));
  const Json json =
      json_lines(sample.yoke(Args{"tools", "explain", "--json", "words.burn", "{}"}).out).front();
  CHECK(json["verdict"] == "deny");
  CHECK(json["place"] == "yoke.toml:10");
  CHECK(json["lost"][0]["rule"] == "words.*");
  CHECK(text.err.empty());
  sample.write("tools/far.lua", kFar);
  const Json ungranted =
      json_lines(sample.yoke(Args{"tools", "explain", "--json", "far.get"}).out).front();
  CHECK(ungranted["verdict"] == "deny");
  CHECK(ungranted["rule"] == "grant");
}

TEST_CASE("a rule that can never match is told where a call is explained") {
  const Sample sample;
  std::string config = sample.read("yoke.toml");
  config.replace(config.find("\"words.*\""), 9, "\"words.count(txt=a*)\"");
  sample.write("yoke.toml", config);
  const Ended ended = sample.yoke(Args{"tools", "explain", "words.count", R"({"text":"a"})"});
  CHECK(holds(ended.err, "yoke.toml:9: the rule 'words.count(txt=a*)'"));
  CHECK(holds(ended.err, "no argument 'txt' (did you mean 'text'?)"));
}

TEST_CASE("a check tells what the text and what loading it show, each with its line") {
  const Sample sample;
  const std::string told = findings_of(sample, R"lua(return tool {
  name = "a.b", description = "d", input = { n = "integr" },
  run = function(input) return htpp.get("https://x.example/") end,
})lua");
  CHECK(holds(told, "loose/t.lua:3: error: nothing is named 'htpp' here (did you mean 'http'?)"));
  CHECK(holds(told, "loose/t.lua:1: error: tool 'a.b': input: /n: no type is named 'integr'"));
  CHECK(holds(told, "loose/t.lua:2: note: the tool 'a.b': input.n has no doc"));
  const Ended json = sample.yoke(Args{"tools", "check", "--json", "loose/t.lua"});
  CHECK(json.status == 2);
  CHECK(json_lines(json.out).front()["file"] == "loose/t.lua");
  sample.write("lib/u.lua", "local m = {} function m.f() return xx end return m");
  CHECK(holds(sample.yoke(Args{"tools", "check", "lib/u.lua"}).err, "lib/u.lua:1: error: nothing"));
  CHECK(findings_of(sample, "x = ").find("loose/t.lua:1: error:") == 0);
}

TEST_CASE("a call tells what it used of its quotas, in words and as an object") {
  const Sample sample;
  const Args args = {"tools", "call", "words.count", R"({"text":"a b"})"};
  const Ended text = sample.yoke(args);
  CHECK(holds(text.err, "instructions of 10 M · "));
  CHECK(holds(text.err, " of 32 MiB · 0 of 100 host calls"));
  const Ended json = sample.yoke(Args{"tools", "call", "--json", args[2], args[3]});
  const Json used = json_lines(json.err.substr(json.err.find("{\"cpu_us\""))).front();
  CHECK(used["host_calls"]["most"] == 100);
  CHECK(used["instructions"]["used"].get<std::int64_t>() > 0);
}

TEST_CASE("tests of tools are run, told of, and decide the exit status") {
  const Sample sample;
  sample.write("tools/words_test.lua", R"lua(return tests {
  ["counts"] = function(t) t.equal(t.call("words.count", { text = "a b" }), { words = 2 }) end,
  ["counts nothing"] = function(t)
    t.equal(t.call("words.count", { text = "" }), { words = 1 })
  end,
})lua");
  const Ended all = sample.yoke(Args{"tools", "test"});
  CHECK(all.status == 1);
  CHECK(holds(all.err, "FAIL  tools/words_test.lua: counts nothing"));
  CHECK(holds(all.err, "tools/words_test.lua:4: not equal: at .words: got 0, want 1"));
  CHECK(holds(all.err, "1 passed, 1 failed in "));
  const Ended one = sample.yoke(Args{"tools", "test", "tools", "--filter", "counts nothing"});
  CHECK(holds(one.err, "0 passed, 1 failed"));
  sample.write("tools/words_test.lua", R"lua(return tests {
  ["counts"] = function(t) t.equal(t.call("words.count", { text = "a b" }), { words = 2 }) end,
})lua");
  const Ended well = sample.yoke(Args{"tools", "test", "--json", "tools/words_test.lua"});
  CHECK(well.status == 0);
  CHECK(json_lines(well.out).back()["passed"] == 1);
  CHECK(sample.yoke(Args{"tools", "test", "nowhere"}).status == 2);
}

TEST_CASE("editors get definitions, and settings only where there are none") {
  const Sample sample;
  CHECK(sample.yoke(Args{"tools", "types"}).status == 0);
  CHECK(holds(sample.read(".yoke/types/yoke.lua"), "function http.get(url, options) end"));
  CHECK(holds(sample.read(".luarc.json"), ".yoke/types"));
  sample.write(".luarc.json", "{}");
  CHECK(sample.yoke(Args{"tools", "types", "types"}).status == 0);
  CHECK(sample.read(".luarc.json") == "{}");
  CHECK(holds(sample.read("types/yoke.lua"), "---@meta"));
}

TEST_CASE("a secret's value in the settings is refused with its line, and not repeated") {
  const Sample sample;
  sample.write("yoke.toml", sample.read("yoke.toml") + "[secrets]\nKEY = \"sk-very-secret\"\n");
  const Ended ended = sample.yoke(Args{"tools", "list"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "yoke.toml:12: 'secrets.KEY' must say where the value is"));
  CHECK(ended.err.find("very-secret") == std::string::npos);
}

TEST_CASE("a backend or a route that cannot be is named with its line") {
  const Sample sample;
  const std::string config = sample.read("yoke.toml");
  sample.write("yoke.toml", config + "[backends.lab]\npreset = \"opnai\"\n");
  CHECK(
      holds(sample.yoke(Args{"tools", "list"}).err, "yoke.toml:11: backends.lab.preset: unknown"));
  sample.write("yoke.toml", config + "[routes.other]\ntargets = [\"dmeo/x\"]\n");
  CHECK(holds(sample.yoke(Args{"tools", "list"}).err, "yoke.toml:12: routes.other.targets[0]: "));
}

}  // namespace yoke::testing
