#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/hosts/repl/at_screen.h"

// What waits for a grant is asked about before the first turn.
namespace yoke::testing {
namespace {

ScreenOptions of_talk(const Sample& sample) {
  ScreenOptions options;
  options.dir = sample.path();
  options.args = {"repl", "helper", "--session", "talk"};
  return options;
}

ProcessOptions in_lines(const Sample& sample) {
  ProcessOptions options = sample.options({"repl", "helper", "--session", "talk"});
  options.terminal = true;
  options.env["TERM"] = "dumb";
  return options;
}

void forget_grants(const Sample& sample) { std::filesystem::remove(sample.file("yoke.lock")); }

}  // namespace

TEST_CASE("a tool that waits for a grant is shown and granted at the prompt") {
  const Sample sample;
  forget_grants(sample);
  ScreenProgram program(YOKE_PROGRAM, of_talk(sample));
  program.wait_for("peer.wait (tools/peer.lua) was never granted; it asks to:");
  program.wait_for("connect to 127.0.0.1, port 9");
  program.type("show\r");
  program.wait_for("Asks a peer that takes its time.");
  CHECK_FALSE(std::filesystem::exists(sample.file("yoke.lock")));
  program.type("1");
  program.wait_for("granted: peer.wait");
  CHECK(holds(sample.read("yoke.lock"), "peer.wait"));
  program.type("say on\r");
  program.wait_for("\non\n");
  program.type("\x04");
  CHECK(program.wait() == 0);
}

TEST_CASE("what is not granted is left so, and words that are no answer are a message") {
  const Sample sample;
  forget_grants(sample);
  ScreenProgram program(YOKE_PROGRAM, of_talk(sample));
  program.wait_for("1  yes, grant it");
  program.type("2");
  program.wait_for("not granted: peer.wait; its calls are refused");
  program.type("/reload\r");
  program.wait_for("read anew");
  program.wait_for("1  yes, grant it");
  program.type("say hello\r");
  program.wait_for("\nhello\n");
  CHECK_FALSE(std::filesystem::exists(sample.file("yoke.lock")));
}

TEST_CASE("a tool whose powers grew while the prompt was there is asked about at a reload") {
  const Sample sample;
  AtPrompt talk(sample);
  std::string tool = sample.read("tools/peer.lua");
  const std::string before = "net = { \"127.0.0.1:9\" }";
  tool.replace(tool.find(before), before.size(), "net = { \"127.0.0.1:9\", \"127.0.0.1:7\" }");
  sample.write("tools/peer.lua", tool);
  talk.say("/reload");
  talk.wait_for("connect to 127.0.0.1, port 7");
  talk.program().type("1");
  talk.wait_for("granted: peer.wait");
  CHECK(holds(sample.read("yoke.lock"), "127.0.0.1:7"));
}

TEST_CASE("an attached prompt is asked about what waits, and its host grants it") {
  const Sample sample;
  ScreenOptions options = of_talk(sample);
  options.args = {"repl", "lonely"};
  ScreenProgram first(YOKE_PROGRAM, options);
  first.wait_for("/help");
  forget_grants(sample);
  first.type("/reload\r");
  first.wait_for("read anew");
  ScreenProgram second(YOKE_PROGRAM, of_talk(sample));
  second.wait_for("attached to the yoke that holds the store");
  second.wait_for("peer.wait (tools/peer.lua) was never granted; it asks to:");
  second.wait_for("connect to 127.0.0.1, port 9");
  second.type("show\r");
  second.wait_for("Asks a peer that takes its time.");
  CHECK_FALSE(std::filesystem::exists(sample.file("yoke.lock")));
  second.type("1");
  second.wait_for("granted: peer.wait");
  CHECK(holds(sample.read("yoke.lock"), "peer.wait"));
  first.type("/permissions\r");
  first.wait_for("peer.wait");
  second.type("say on\r");
  second.wait_for("\non\n");
  second.type("\x04");
  CHECK(second.wait() == 0);
}

TEST_CASE("another agent is asked for its grants when it is talked to, attached or not") {
  const Sample sample;
  forget_grants(sample);
  ScreenOptions options = of_talk(sample);
  options.args = {"repl", "lonely"};
  ScreenProgram first(YOKE_PROGRAM, options);
  first.wait_for("/help");
  ScreenProgram second(YOKE_PROGRAM, options);
  second.wait_for("attached to the yoke that holds the store");
  for (ScreenProgram* each : {&first, &second}) {
    each->type("/agent helper\r");
    each->wait_for("agent: helper");
    each->wait_for("1  yes, grant it");
  }
  first.type("1");
  first.wait_for("granted: peer.wait");
  second.type("1");
  second.wait_for("does not wait for a grant (any more)");
  second.type("say hello\r");
  second.wait_for("\nhello\n");
}

TEST_CASE("in lines, another agent's grants are told of before its first turn") {
  const Sample sample;
  forget_grants(sample);
  ProcessOptions piped = sample.options({"repl", "lonely"});
  piped.input = "/agent helper\nsay one\n";
  const Ended noted = sample.yoke(piped);
  CHECK(noted.status == 0);
  CHECK(holds(noted.err, "peer.wait"));
  CHECK(holds(noted.out, "one\n"));
}

TEST_CASE("in lines, a grant is asked about at a terminal and told of in a pipe") {
  const Sample sample;
  forget_grants(sample);
  ProcessOptions piped = sample.options({"repl", "helper"});
  piped.input = "say one\n";
  const Ended noted = sample.yoke(piped);
  CHECK(noted.out == "one\n");
  CHECK(holds(noted.err, "yoke tools grant peer.wait"));
  CHECK_FALSE(std::filesystem::exists(sample.file("yoke.lock")));
  Process process = sample.start(in_lines(sample));
  process.wait_for("connect to 127.0.0.1, port 9");
  process.wait_for("grant it? yes/no, or show: ");
  process.type("yes\r");
  process.wait_for("granted: peer.wait");
  process.wait_for("> ");
  process.type("/exit\r");
  CHECK(process.wait().status == 0);
  CHECK(holds(sample.read("yoke.lock"), "peer.wait"));
}

TEST_CASE("answering approvals unasked grants nothing") {
  const Sample sample;
  forget_grants(sample);
  ScreenOptions options = of_talk(sample);
  options.args.emplace_back("--yes");
  AtPrompt talk(sample, options);
  talk.wait_for("'peer.wait' was never granted");
  CHECK_FALSE(std::filesystem::exists(sample.file("yoke.lock")));
}

}  // namespace yoke::testing
