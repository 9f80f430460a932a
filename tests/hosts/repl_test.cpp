#include <catch2/catch.hpp>

#include "tests/hosts/gated_peer.h"
#include "tests/hosts/sample.h"

// `yoke repl`, through a pipe and at a terminal.
namespace yoke::testing {
namespace {

ProcessOptions at_terminal(const Sample& sample, const Args& args) {
  ProcessOptions options = sample.options(args);
  options.terminal = true;
  options.env["TERM"] = "dumb";  // tests/hosts/repl has all that a screen can show
  return options;
}

}  // namespace

TEST_CASE("a conversation through a pipe answers each line and remembers the first") {
  const Sample sample;
  ProcessOptions options = sample.options({"repl", "helper"});
  options.input = "say one\n\ncount a b c\nfirst\n";
  const Ended ended = sample.yoke(options);
  CHECK(ended.status == 0);
  CHECK(ended.out == "one\nit said: {\"words\":3}\nyou first said: say one\n");
  CHECK(json_lines(sample.yoke(Args{"runs", "list", "--json"}).out).size() == 3);
}

TEST_CASE("a conversation has commands, and a wrong one brings up the right one") {
  const Sample sample;
  ProcessOptions options = sample.options({"repl", "helper", "--session", "talk"});
  options.input =
      "say one\n/tools\n/modle\n/model demo/sample\n/runs\n/new\nfirst\n/help\n/exit\nno";
  const Ended ended = sample.yoke(options);
  CHECK(ended.status == 0);
  CHECK(ended.out == "one\nyou first said: first\n");
  CHECK(holds(ended.err, "words.count"));
  CHECK(holds(ended.err, "did you mean '/model'?"));
  CHECK(holds(ended.err, "model: demo/sample"));
  CHECK(holds(ended.err, "completed  say one"));
  CHECK(holds(ended.err, "/exit"));
}

TEST_CASE("a conversation is taken up again later") {
  const Sample sample;
  ProcessOptions options = sample.options({"repl", "helper"});
  options.input = "say one\n";
  CHECK(sample.yoke(options).status == 0);
  options.args.emplace_back("-c");
  options.input = "first\n";
  CHECK(sample.yoke(options).out == "you first said: say one\n");
}

TEST_CASE("a turn that fails does not end the conversation") {
  const Sample sample;
  ProcessOptions options = sample.options({"repl", "helper"});
  options.input = "fail\nsay still here\n";
  const Ended ended = sample.yoke(options);
  CHECK(ended.status == 0);
  CHECK(ended.out == "still here\n");
  CHECK(holds(ended.err, "the model broke"));
}

TEST_CASE("at a terminal a conversation streams and remembers") {
  const Sample sample;
  Process process = sample.start(at_terminal(sample, {"repl", "helper"}));
  process.wait_for("helper");
  process.wait_for("> ");
  process.type("say one\r");
  process.wait_for("one");
  process.wait_for("1 step");
  process.wait_for("> ");
  process.type("first\r");
  process.wait_for("you first said: say one");
  process.wait_for("> ");
  process.type("/exit\r");
  CHECK(process.wait().status == 0);
}

TEST_CASE("at a terminal a person approves a call, or says why not") {
  const Sample sample;
  Process process = sample.start(at_terminal(sample, {"repl", "helper"}));
  process.wait_for("> ");
  process.type("open\r");
  process.wait_for("Allow door.open?");
  process.wait_for("anna");
  process.wait_for("yes/no");
  process.type("yes\r");
  process.wait_for("opened_for");
  process.wait_for("> ");
  process.type("open\r");
  process.wait_for("yes/no");
  process.type("not at night\r");
  process.wait_for("not at night");
  process.wait_for("> ");
  process.type("/exit\r");
  CHECK(process.wait().status == 0);
}

TEST_CASE("an interrupt at a terminal stops the turn and not the conversation") {
  const Sample sample;
  const GatedPeer peer;
  sample.grant_peer(peer.port());
  Process process = sample.start(at_terminal(sample, {"repl", "helper"}));
  process.wait_for("> ");
  process.type("wait\r");
  process.wait_for("peer.wait");
  process.type("\x03");
  process.wait_for("cancelled");
  process.wait_for("> ");
  process.type("say still here\r");
  process.wait_for("still here");
  process.wait_for("> ");
  process.type("/exit\r");
  CHECK(process.wait().status == 0);
}

TEST_CASE("an interrupt at the prompt ends the conversation and leaves the terminal as it was") {
  const Sample sample;
  ProcessOptions options = at_terminal(
      sample, {"-c", "trap : INT; \"$0\" repl helper; echo status $?; stty -a", YOKE_PROGRAM});
  Process shell("/bin/sh", options);
  shell.wait_for("> ");
  shell.type("half a line\x03");
  shell.wait_for("status 130");
  const Ended ended = shell.wait();
  CHECK(holds(ended.out, " echo "));
  CHECK(holds(ended.out, " icanon "));
}

TEST_CASE("a bare command at a terminal is a conversation with a plain agent") {
  const Sample sample;
  Process process = sample.start(at_terminal(sample, {}));
  process.wait_for("> ");
  process.type("count a b\r");
  process.wait_for("it said: {\"words\":2}");
  process.type("/exit\r");
  CHECK(process.wait().status == 0);
}

TEST_CASE("at a terminal a tool that wants powers is asked about before it is used") {
  const Sample sample;
  sample.write("yoke.lock", "");
  std::filesystem::remove(sample.file("yoke.lock"));
  Process process = sample.start(at_terminal(sample, {"run", "helper", "say x"}));
  process.wait_for("peer.wait");
  process.wait_for("connect to 127.0.0.1, port 9");
  process.wait_for("grant it? yes/no: ");
  process.type("yes\r");
  CHECK(process.wait().status == 0);
  CHECK(holds(sample.read("yoke.lock"), "peer.wait"));
}

}  // namespace yoke::testing
