#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/hosts/repl/at_screen.h"
#include "tests/support/held_port.h"
#include "tests/support/mock_openai.h"

// Talking to hosts that are there already, and where nothing is configured.
namespace yoke::testing {
namespace {

MockTurn echoes(const Json&, int) {
  MockTurn turn;
  turn.text = "I am the mock.";
  return turn;
}

std::string place_of(const HeldPort& port) { return "127.0.0.1:" + std::to_string(port.number()); }

}  // namespace

TEST_CASE("a second prompt attaches to the process that holds the store") {
  const Sample sample;
  AtPrompt first(sample);
  first.say("say one");
  first.wait_for("\none\n");
  ScreenOptions options;
  options.args = {"repl", "helper", "--session", "talk"};
  AtPrompt second(sample, options);
  CHECK(holds(second.screen().text(), "attached to the yoke that holds the store"));
  second.say("first");
  second.wait_for("you first said: say one");
  second.wait_for_prompt();
  second.say("open");
  second.wait_for("› 1  yes, this once");
  second.program().type("1");
  second.wait_for("✓ door.open");
  second.wait_for_prompt();
  second.say("/runs");
  second.wait_for("completed  open");
  CHECK(second.leave() == 0);
}

TEST_CASE("a prompt whose host has gone finds another one at a reload") {
  const Sample sample;
  auto first = std::make_unique<AtPrompt>(sample);
  AtPrompt second(sample);
  second.wait_for("attached to");
  CHECK(first->leave() == 0);
  first.reset();
  second.say("say one");
  second.wait_for("/reload looks for a host anew");
  second.say("/reload");
  second.wait_for("read anew");
  second.say("say one");
  second.wait_for("\none\n");
}

TEST_CASE("a pipe talks to the process that holds the store, too") {
  const Sample sample;
  AtPrompt first(sample);
  ProcessOptions options = sample.options({"repl", "helper"});
  options.input = "say one\nfirst\n";
  const Ended ended = sample.yoke(options);
  CHECK(ended.status == 0);
  CHECK(ended.out == "one\nyou first said: say one\n");
}

TEST_CASE("a prompt talks to a host elsewhere with the key from the environment") {
  const Sample sample;
  std::string key = sample.yoke(Args{"keys", "create", "me"}).out;
  key.erase(key.find_last_not_of('\n') + 1);
  Process serve("/bin/sh", sample.options({"-c", "exec \"$0\" serve --listen 127.0.0.1:0 2>&1",
                                           YOKE_PROGRAM}));
  const std::string ready = "ready on ";
  std::string line;
  while (!line.starts_with(ready)) line = serve.line().value();
  const TempFolder elsewhere;
  ScreenOptions options;
  options.dir = elsewhere.path();
  options.args = {"repl", "helper", "--session", "far", "--host", line.substr(ready.size())};
  options.env["YOKE_KEY"] = "not-a-key";
  {
    ScreenProgram refused(YOKE_PROGRAM, options);
    CHECK(refused.wait() == 1);
    CHECK(holds(refused.screen().text(), "yoke: "));
  }
  options.env["YOKE_KEY"] = key;
  ScreenProgram program(YOKE_PROGRAM, options);
  program.wait_for("attached to http://127.0.0.1:");
  program.type("say one\r");
  program.wait_for("\none\n");
  program.type("open\r");
  program.wait_for("› 1  yes, this once");
  program.type("1");
  program.wait_for("it said: {\"opened_for\":\"anna\"}");
  program.type("/show\r");
  program.wait_for("tool.called  door.open");
  program.type("/why\r");
  program.wait_for("I open.");
  const std::vector<Json> runs = json_lines(sample.yoke(Args{"runs", "list", "--json"}).out);
  REQUIRE(runs.size() == 2);
  program.type("/diff " + string_at(runs[1], "run") + "\r");
  program.wait_for("then they part");
  program.type("/diff\r");
  program.wait_for("/runs lists them");
  const std::string file = elsewhere.file("turn.html");
  program.type("/export --as html --to " + file + "\r");
  program.wait_for("exported run " + string_at(runs[0], "run") + " to " + file);
  CHECK(holds(elsewhere.read("turn.html"), "door.open(who=&quot;anna&quot;)"));
  program.type("/export --as otlp\r");
  program.wait_for("of a host elsewhere there are markdown and html");
  program.type("/permissions\r");
  program.wait_for("door.open  once");
  program.type("/doctor\r");
  program.wait_for("the host takes work");
  program.type("/tools\r");
  program.wait_for("door.open  Opens the door.");
  program.type("/reload\r");
  program.wait_for("it takes the scope 'manage'");
  program.type("\x04");
  CHECK(program.wait() == 0);
}

TEST_CASE(
    "a prompt at a host elsewhere is told what nobody granted there, and not asked about it") {
  const Sample sample;
  std::filesystem::remove(sample.file("yoke.lock"));
  std::string key = sample.yoke(Args{"keys", "create", "me"}).out;
  key.erase(key.find_last_not_of('\n') + 1);
  Process serve("/bin/sh", sample.options({"-c", "exec \"$0\" serve --listen 127.0.0.1:0 2>&1",
                                           YOKE_PROGRAM}));
  const std::string ready = "ready on ";
  std::string line;
  while (!line.starts_with(ready)) line = serve.line().value();
  const TempFolder elsewhere;
  ScreenOptions options;
  options.dir = elsewhere.path();
  options.args = {"repl", "helper", "--host", line.substr(ready.size())};
  options.columns = 140;  // the note stands in one line
  options.env["YOKE_KEY"] = key;
  ScreenProgram program(YOKE_PROGRAM, options);
  program.wait_for("calls of peer.wait are refused: nobody granted them yet.");
  program.wait_for("yoke tools grant peer.wait");
  program.type("say one\r");
  program.wait_for("\none\n");
  CHECK_FALSE(std::filesystem::exists(sample.file("yoke.lock")));
}

TEST_CASE("an attached prompt has its host read tools anew, and knows the model's window") {
  const Sample sample;
  sample.write("yoke.toml",
               sample.read("yoke.toml") + "\n[backends.demo.models.\"sample\"]\ncontext = 1000\n");
  AtPrompt first(sample);
  AtPrompt second(sample);
  second.say("say one");
  second.wait_for("\none\n");
  second.wait_for_prompt();
  second.say("/context");
  second.wait_for("of 1000 tokens)");
  std::string tools = sample.read("tools/sample.lua");
  const std::string before = "Opens the door.";
  tools.replace(tools.find(before), before.size(), "Opens the gate.");
  sample.write("tools/sample.lua", tools);
  sample.write("tools/broken.lua", "return tool {");
  second.say("/reload");
  second.wait_for("not loaded: tools/broken.lua");
  second.say("/tools");
  second.wait_for("Opens the gate.");
  first.say("/tools");
  first.wait_for("Opens the gate.");
  second.say("first");
  second.wait_for("you first said: say one");
}

TEST_CASE("a host that is not there is told of in one line") {
  const Sample sample;
  const HeldPort nobody;
  ScreenOptions options;
  options.dir = sample.path();
  options.args = {"repl", "helper", "--host", "http://" + place_of(nobody)};
  ScreenProgram program(YOKE_PROGRAM, options);
  program.wait_for("yoke: the host did not answer");
  CHECK(program.wait() == 1);
  ProcessOptions wrong = sample.options({"repl", "--host", "nowhere"});
  const Ended ended = sample.yoke(wrong);
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "is no address"));
}

TEST_CASE("where nothing is configured a model is found, chosen, written down and talked to") {
  MockOpenAi::Options vendor;
  vendor.script = echoes;
  vendor.key = "sk-found-4711";
  vendor.models = {"first-model", "second-model"};
  const MockOpenAi server(vendor);
  const TempFolder folder;
  const HeldPort nobody;
  ScreenOptions options;
  options.dir = folder.path();
  options.args = {"repl"};
  options.columns = 120;
  options.env = {{"OPENAI_API_KEY", "sk-found-4711"},
                 {"OPENAI_BASE_URL", server.base_url()},
                 {"OLLAMA_HOST", place_of(nobody)},
                 {"XDG_STATE_HOME", folder.path() + "/state"},
                 {"XDG_CONFIG_HOME", folder.path() + "/config"}};
  ScreenProgram program(YOKE_PROGRAM, options);
  program.wait_for("  2  openai/second-model  key from env:OPENAI_API_KEY");
  program.wait_for("\n>");
  program.type("9\r");
  program.wait_for("that is none of them: 1 to 2");
  program.type("2\r");
  program.wait_for("the default route is openai/second-model");
  program.wait_for("Ctrl+D leaves");
  program.type("hello\r");
  program.wait_for("I am the mock.");
  CHECK(holds(folder.read("yoke.toml"), "targets = [\"openai/second-model\"]"));
  CHECK(folder.read("yoke.toml").find("sk-found") == std::string::npos);
  program.type("\x04");
  CHECK(program.wait() == 0);
}

TEST_CASE("where there is no model at all, what to do is said in one line") {
  const TempFolder folder;
  const HeldPort nobody;
  ScreenOptions options;
  options.dir = folder.path();
  options.args = {"repl"};
  options.env = {{"OLLAMA_HOST", place_of(nobody)}, {"XDG_CONFIG_HOME", folder.path() + "/config"}};
  ScreenProgram program(YOKE_PROGRAM, options);
  program.wait_for("no key is set and no local server answers");
  CHECK(program.wait() == 1);
}

TEST_CASE("a vendor whose key is set and who does not answer is not called unset") {
  const TempFolder folder;
  const HeldPort nobody;
  ScreenOptions options;
  options.dir = folder.path();
  options.args = {"repl"};
  options.env = {{"OLLAMA_HOST", place_of(nobody)},
                 {"XDG_CONFIG_HOME", folder.path() + "/config"},
                 {"OPENAI_API_KEY", "sk-found"},
                 {"OPENAI_BASE_URL", "http://" + place_of(nobody) + "/v1"}};
  ScreenProgram program(YOKE_PROGRAM, options);
  program.wait_for("none of the above has a model that can be used");
  CHECK(program.wait() == 1);
}

}  // namespace yoke::testing
