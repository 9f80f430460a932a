#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/hosts/sample.h"

// What needs no run: the verbs themselves, help, init, doctor, version.
namespace yoke::testing {
namespace {

struct Typed {
  Args args;
  std::string meant;
};

}  // namespace

TEST_CASE("a wrong verb brings up the right one") {
  const Sample sample;
  const std::vector<Typed> all = {
      {{"runs", "lits"}, "yoke runs list"}, {{"list"}, "yoke runs list"},
      {{"rnu", "helper", "x"}, "yoke run"}, {{"tools", "grnat", "x"}, "yoke tools grant"},
      {{"verify"}, "yoke runs verify"},     {{"docter"}, "yoke doctor"}};
  for (const Typed& typed : all) {
    const Ended ended = sample.yoke(typed.args);
    CHECK(ended.status == 2);
    CHECK(holds(ended.err, "did you mean '" + typed.meant + "'?"));
    CHECK(ended.out.empty());
  }
}

TEST_CASE("a wrong option and a missing argument are told in one line") {
  const Sample sample;
  for (const Args& args : {Args{"run", "--jsno", "helper", "x"}, Args{"runs", "show"}, Args{"runs"},
                           Args{"runs", "fork", "@last"}, Args{}}) {
    const Ended ended = sample.yoke(args);
    CHECK(ended.status == 2);
    CHECK(ended.err.starts_with("yoke: "));
    CHECK(split(std::string(trim(ended.err)), '\n').size() == 1);
  }
}

TEST_CASE("the help of every verb shows an example") {
  const Sample sample;
  const std::vector<std::string> verbs = {
      "run",           "repl",        "runs list",   "runs show",   "runs events", "runs resume",
      "runs answer",   "runs signal", "runs cancel", "runs fork",   "runs replay", "runs diff",
      "runs verify",   "tools list",  "tools show",  "tools call",  "tools check", "tools grant",
      "tools explain", "tools add",   "tools test",  "tools types", "agents list", "agents check",
      "init",          "doctor",      "version"};
  for (const std::string& verb : verbs) {
    Args args = split(verb, ' ');
    args.emplace_back("--help");
    const Ended ended = sample.yoke(args);
    CHECK(ended.status == 0);
    CHECK(holds(ended.out, "yoke " + verb));
  }
  CHECK(holds(sample.yoke(Args{"--help"}).out, "yoke run agents/analyst.lua"));
}

TEST_CASE("a project made by init runs as it stands") {
  const TempProject folder(YOKE_PROGRAM);
  const Ended made = folder.yoke(Args{"init", "mine"});
  INFO(made.err);
  REQUIRE(made.status == 0);
  CHECK(holds(made.err, "cd mine && yoke run hello"));
  ProcessOptions options = folder.options({"run", "hello", "How many words is this?"});
  options.dir = folder.file("mine");
  const Ended ended = folder.yoke(options);
  INFO(ended.err);
  CHECK(ended.status == 0);
  CHECK(holds(ended.out, "5 words"));
  for (const Args& args : {Args{"doctor"}, Args{"tools", "check"}, Args{"agents", "check"},
                           Args{"runs", "verify"}, Args{"runs", "replay", "@last"}}) {
    options.args = args;
    CHECK(folder.yoke(options).status == 0);
  }
  const Ended again = folder.yoke(Args{"init", "mine"});
  CHECK(again.status == 2);
  CHECK(holds(again.err, "nothing was written"));
}

TEST_CASE("doctor finds nothing wrong with a good project, and what is wrong with a bad one") {
  const Sample sample;
  const Ended well = sample.yoke(Args{"doctor"});
  CHECK(well.status == 0);
  CHECK(holds(well.out, "every script runs behind: seccomp"));
  CHECK(holds(well.out, "sqlite"));
  sample.write("agents/helper.lua", "return agent {");
  const Ended bad = sample.yoke(Args{"doctor", "--json"});
  CHECK(bad.status == 1);
  bool found = false;
  for (const Json& line : json_lines(bad.out)) {
    const bool is_bad = string_at(line, "finding") == "bad";
    found = found || (is_bad && holds(string_at(line, "what"), "agents/helper.lua:1"));
  }
  CHECK(found);
}

TEST_CASE("the version is told for people and for programs") {
  const Sample sample;
  CHECK(sample.yoke(Args{"version"}).out.starts_with("yoke 0."));
  const Json version = json_lines(sample.yoke(Args{"version", "--json"}).out).front();
  CHECK_FALSE(string_at(version, "version").empty());
}

TEST_CASE("an unknown key in the settings is named with its line and the nearest") {
  const Sample sample;
  sample.write("yoke.toml", sample.read("yoke.toml") + "\n[polcy]\nallow = []\n");
  const Ended ended = sample.yoke(Args{"run", "helper", "say x"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "yoke.toml:12: unknown key 'polcy' (did you mean 'policy'?)"));
}

TEST_CASE("settings that are no TOML are named with their line") {
  const Sample sample;
  sample.write("yoke.toml", "[store]\nurl = \n");
  const Ended ended = sample.yoke(Args{"run", "helper", "say x"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "yoke.toml:2"));
}

TEST_CASE("an unknown agent brings up the nearest") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "helpr", "say x"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "no agent 'helpr' (did you mean 'helper'?)"));
  const Ended file = sample.yoke(Args{"run", "agents/helpr.lua", "say x"});
  CHECK(file.status == 2);
  CHECK(holds(file.err, "no agent file agents/helpr.lua"));
}

TEST_CASE("a broken agent is named with its line, and nothing runs") {
  const Sample sample;
  sample.write("agents/helper.lua", "return agent {\n  name = \"helper\",\n  tools = { \n}\n");
  const Ended ended = sample.yoke(Args{"run", "helper", "say x"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "agents/helper.lua:"));
  sample.write("agents/helper.lua", "local t = nil\nlocal x = t.y\nreturn agent {}\n");
  const Ended raised = sample.yoke(Args{"run", "helper", "say x"});
  CHECK(raised.status == 2);
  CHECK(holds(raised.err, "agents/helper.lua:2"));
  CHECK(sample.yoke(Args{"runs", "list", "--json"}).out.empty());
}

TEST_CASE("a broken model script is named with its line") {
  const Sample sample;
  sample.write("models/sample.lua", "return model {\n  reply = \n}\n");
  const Ended ended = sample.yoke(Args{"run", "helper", "say x"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "models/sample.lua:3"));
}

TEST_CASE("colours are used only where they are wanted") {
  const Sample sample;
  const Args plain = {"run", "--color", "always", "helper", "count a"};
  CHECK(holds(sample.yoke(plain).err, "\x1b["));
  CHECK(sample.yoke(plain).out == "it said: {\"words\":1}\n");
  ProcessOptions options = sample.options({"run", "helper", "count a"});
  options.terminal = true;
  CHECK(holds(sample.yoke(options).out, "\x1b[2m"));
  options.env["NO_COLOR"] = "1";
  CHECK(sample.yoke(options).out.find("\x1b[2m") == std::string::npos);
  options.env["NO_COLOR"] = "";
  options.args.insert(options.args.begin(), {"--color", "never"});
  CHECK(sample.yoke(options).out.find("\x1b[2m") == std::string::npos);
}

}  // namespace yoke::testing
