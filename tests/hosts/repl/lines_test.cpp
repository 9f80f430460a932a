#include <catch2/catch.hpp>

#include "tests/hosts/repl/at_screen.h"

// The conversation in plain lines: through a real pipe, its commands those of the screen.
namespace yoke::testing {
namespace {

Ended piped(const Sample& sample, const std::string& input, Args args = {}) {
  if (args.empty()) args = {"repl", "helper", "--session", "talk"};
  ProcessOptions options = sample.options(args);
  options.input = input;
  options.env["EDITOR"] = "sed -i s/anna/bob/";
  return sample.yoke(options);
}

std::string last_seq_of(const Sample& sample, const std::string& kind) {
  std::int64_t at = 0;
  for (const Json& event : sample.events(sample.newest_run())) {
    if (string_at(event, "kind") == kind) at = integer_at(event, "seq");
  }
  REQUIRE(at > 0);
  return std::to_string(at);
}

}  // namespace

TEST_CASE("in a pipe, help names every command that a screen has") {
  const Sample sample;
  const Ended ended = piped(sample, "/help\n");
  CHECK(ended.status == 0);
  CHECK(ended.out.empty());
  for (const char* name :
       {"/new",    "/sessions", "/resume", "/model",  "/agent",   "/tools", "/permissions",
        "/plan",   "/context",  "/cost",   "/why",    "/runs",    "/show",  "/rewind",
        "/fork",   "/diff",     "/export", "/memory", "/plugins", "/mcp",   "/reload",
        "/doctor", "/clear",    "/exit",   "/compact"}) {
    CHECK(holds(ended.err, std::string("\n  ") + name + " "));
  }
}

TEST_CASE("in a pipe, the record of a turn is shown by its commands") {
  const Sample sample;
  const Ended ended = piped(sample,
                            "count a b\n/runs\n/show\n/why\n/cost\n/context\n/plan\n/export\n"
                            "/tools\n/permissions\n/memory\n/plugins\n/mcp\n/clear\n");
  CHECK(ended.status == 0);
  CHECK(ended.out == "it said: {\"words\":2}\n");
  CHECK(holds(ended.err, "completed  count a b"));
  CHECK(holds(ended.err, "step 1  demo/sample"));
  CHECK(holds(ended.err, "at this prompt: 1 turn, 2 steps"));
  CHECK(holds(ended.err, "this month  demo/sample  2 requests"));
  CHECK(holds(ended.err, "how many the model takes is not known"));
  CHECK(holds(ended.err, "the last turn had no plan"));
  CHECK(holds(ended.err, "door.open  Opens the door."));
  CHECK(holds(ended.err, "connect to 127.0.0.1, port 9"));
  CHECK(holds(ended.err, "there is no screen here to be cleaned"));
  CHECK(ended.err.find("\x1b[") == std::string::npos);
}

TEST_CASE("in a pipe, conversations are listed, begun and taken up again") {
  const Sample sample;
  const Ended ended = piped(sample,
                            "say one\n/new\nfirst\n/sessions\n/resume 2\nfirst\n/agent lonely\n"
                            "say x\n/agent nobody\n/model demo/sample\nsay y\n");
  CHECK(ended.status == 0);
  CHECK(ended.out == "one\nyou first said: first\nyou first said: say one\nx\ny\n");
  CHECK(holds(ended.err, "going on with talk"));
  CHECK(holds(ended.err, "agent: lonely"));
  CHECK(holds(ended.err, "no agent 'nobody'"));
}

TEST_CASE("in a pipe, a question takes the next line as its answer") {
  const Sample sample;
  const Ended ended = piped(sample, "open\nr\n1\nopen\nnot at night\nopen\ne\nsay bye\n");
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "? Allow door.open?"));
  CHECK(holds(ended.err, "    1  yes, this once"));
  CHECK(holds(ended.err, "asked by the rule"));
  CHECK(holds(ended.out, "it said: {\"opened_for\":\"anna\"}\n"));
  CHECK(holds(ended.out, "not at night"));
  CHECK(holds(ended.out, "{\"opened_for\":\"bob\"}\nbye\n"));
}

TEST_CASE("a question that the input's end leaves open waits, and how to answer is said") {
  const Sample sample;
  const Ended ended = piped(sample, "open\n");
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "the run waits for an answer: Allow door.open?"));
  const std::string run = sample.newest_run();
  std::string question;
  for (const Json& event : sample.events(run)) {
    if (string_at(event, "kind") == "question.asked") question = string_at(event, "question");
  }
  CHECK(holds(ended.err, "yoke runs answer " + run + " " + question + " VALUE"));
  CHECK(sample.yoke(Args{"runs", "answer", run, question, "yes"}).status == 0);
}

TEST_CASE("in a pipe, a file is put in and a shell command runs apart from the input") {
  const Sample sample;
  sample.write("note.txt", "from the file\n");
  const Ended ended = piped(sample, "say @note.txt please\n!cat; echo from the shell\n!exit 3\n");
  CHECK(ended.status == 0);
  CHECK(holds(ended.out, "from the file"));
  CHECK(holds(ended.err, "+ note.txt, 1 lines"));
  CHECK(holds(ended.err, "\nfrom the shell\n"));
  CHECK(holds(ended.err, "it ended with status 3"));
  CHECK(ended.out.find("from the shell") == std::string::npos);
}

TEST_CASE("in a pipe, a turn goes on from an earlier step with another result") {
  const Sample sample;
  REQUIRE(piped(sample, "count a b\n").status == 0);
  const std::string at = last_seq_of(sample, "tool.returned");
  const Ended ended = piped(sample, "/fork " + at + " --result '{\"words\":99}'\n/rewind\n");
  CHECK(ended.status == 0);
  CHECK(ended.out == "it said: {\"words\":99}\n");
  CHECK(holds(ended.err, "/rewind takes the number of a step; /show tells them"));
}

TEST_CASE("in a pipe, a reload takes up what was edited, and wrong settings leave all as it was") {
  const Sample sample;
  ProcessOptions options = sample.options({"repl", "helper", "--session", "talk"});
  options.talks = true;
  Process talk = sample.start(options);
  talk.type("say one\n");
  CHECK(talk.line() == "one");
  std::string tools = sample.read("tools/sample.lua");
  const std::string before = "Opens the door.";
  tools.replace(tools.find(before), before.size(), "Opens the gate.");
  sample.write("tools/sample.lua", tools);
  const std::string settings = sample.read("yoke.toml");
  sample.write("yoke.toml", "[routes.\n");
  talk.type("/reload\n");
  talk.wait_for_err("nothing was read anew");
  sample.write("yoke.toml", settings);
  talk.type("/reload\n/tools\nfirst\n");
  talk.wait_for_err("read anew");
  talk.wait_for_err("Opens the gate.");
  CHECK(talk.line() == "you first said: say one");
  talk.close_input();
  CHECK(talk.wait().status == 0);
}

TEST_CASE("a pipe at a host that is there has the same commands") {
  const Sample sample;
  AtPrompt first(sample);
  const Ended ended = piped(sample, "say one\n/runs\nopen\nyes\n/show\n/agent lonely\nsay x\n");
  CHECK(ended.status == 0);
  CHECK(ended.out == "one\nit said: {\"opened_for\":\"anna\"}\nx\n");
  CHECK(holds(ended.err, "attached to the yoke that holds the store"));
  CHECK(holds(ended.err, "completed  say one"));
  CHECK(holds(ended.err, "step 1  demo/sample"));
  CHECK(holds(ended.err, "agent: lonely"));
}

TEST_CASE("a line that ends with a backslash goes on in the next one") {
  const Sample sample;
  const Ended ended = piped(sample, "say one\\\ntwo\n");
  CHECK(ended.out == "one\ntwo\n");
}

}  // namespace yoke::testing
