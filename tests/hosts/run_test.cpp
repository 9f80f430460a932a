#include <signal.h>

#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/hosts/gated_peer.h"
#include "tests/hosts/sample.h"

// `yoke run`: what goes where, and how it ends.
namespace yoke::testing {
namespace {

// A peer that takes a request and never answers it.
}  // namespace

TEST_CASE("a run prints its answer, and only that, on standard output") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "helper", "count to be or not"});
  CHECK(ended.status == 0);
  CHECK(ended.out == "it said: {\"words\":4}\n");
  CHECK(holds(ended.err, "I count."));
  CHECK(holds(ended.err, "words.count(text=\"to be or not\")"));
  CHECK(holds(ended.err, "{\"words\":4}"));
  CHECK(holds(ended.err, "2 steps"));
  CHECK(ended.err.find('\x1b') == std::string::npos);
}

TEST_CASE("a quiet run prints its answer and nothing else") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "--quiet", "helper", "count to be"});
  CHECK(ended.out == "it said: {\"words\":2}\n");
  CHECK(ended.err.empty());
}

TEST_CASE("a verbose run shows what its tools log") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "-v", "helper", "count to be"});
  CHECK(holds(ended.err, "info: counting"));
}

TEST_CASE("the events a run prints as JSON are those of its journal") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "--json", "helper", "count one two"});
  CHECK(ended.status == 0);
  std::vector<Json> journal;
  std::vector<std::string> live;
  for (const Json& line : json_lines(ended.out)) {
    if (line.contains("seq")) {
      journal.push_back(line);
    } else {
      live.push_back(string_at(line, "kind"));
    }
  }
  REQUIRE(journal.size() > 5);
  CHECK(journal == sample.events("@last"));
  CHECK(std::count(live.begin(), live.end(), "delta.text") > 0);
  CHECK(std::count(live.begin(), live.end(), "delta.reasoning") > 0);
  CHECK(std::count(live.begin(), live.end(), "delta.tool_args") > 0);
  CHECK(std::count(live.begin(), live.end(), "tool.progress") == 1);
}

TEST_CASE("what is piped in is part of the task") {
  const Sample sample;
  ProcessOptions options = sample.options({"run", "helper", "say look:"});
  options.input = "the piped text\n";
  CHECK(sample.yoke(options).out == "look:\n\nthe piped text\n");
  options = sample.options({"run", "helper"});
  options.input = "say all of it";
  CHECK(sample.yoke(options).out == "all of it\n");
}

TEST_CASE("a run without a task is a wrong usage") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "helper"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "nothing to do"));
}

TEST_CASE("an agent may be named by its file or its name, from a folder below") {
  const Sample sample;
  CHECK(sample.yoke(Args{"run", "agents/helper.lua", "say a"}).out == "a\n");
  sample.write("deep/down/here.txt", "");
  ProcessOptions options = sample.options({"run", "helper", "say b"});
  options.dir = sample.file("deep/down");
  CHECK(sample.yoke(options).out == "b\n");
  options.args = {"run", "../../agents/helper.lua", "say c"};
  CHECK(sample.yoke(options).out == "c\n");
}

TEST_CASE("a prompt without an agent has the project's tools") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "-p", "count just these words"});
  CHECK(ended.status == 0);
  CHECK(ended.out == "it said: {\"words\":3}\n");
}

TEST_CASE("a failed run says why and ends with status 1") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "helper", "fail"});
  CHECK(ended.status == 1);
  CHECK(ended.out.empty());
  CHECK(holds(ended.err, "the model broke"));
  CHECK(holds(ended.err, "models/sample.lua:"));
}

TEST_CASE("each limit ends a run with status 4 and its name") {
  Sample sample;
  const Ended steps = sample.yoke(Args{"run", "--limit", "steps=3", "helper", "grow"});
  CHECK(steps.status == 4);
  CHECK(holds(steps.err, "limit.steps"));
  const Ended tokens = sample.yoke(Args{"run", "--limit", "tokens=200", "helper", "grow"});
  CHECK(tokens.status == 4);
  CHECK(holds(tokens.err, "limit.tokens"));
  const GatedPeer peer;
  sample.grant_peer(peer.port());
  const Ended seconds = sample.yoke(Args{"run", "--limit", "seconds=1", "helper", "wait"});
  CHECK(seconds.status == 4);
  CHECK(holds(seconds.err, "limit.seconds"));
}

TEST_CASE("a run that gets nowhere is ended") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "helper", "again"});
  CHECK(ended.status == 1);
  CHECK(holds(ended.err, "no_progress"));
}

TEST_CASE("a limit that does not exist is named, with the nearest") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "--limit", "stepz=3", "helper", "say x"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "steps"));
}

TEST_CASE("an interrupt cancels the run and ends with status 130") {
  const Sample sample;
  const GatedPeer peer;
  sample.grant_peer(peer.port());
  Process process = sample.start(Args{"run", "--json", "helper", "wait"});
  process.wait_for("tool.called");
  process.signal(SIGINT);
  const Ended ended = process.wait();
  CHECK(ended.status == 130);
  const std::vector<Json> events = sample.events("@last");
  CHECK(string_at(events.back(), "kind") == "run.cancelled");
  CHECK(string_at(events.back(), "by") == "tester");
}

TEST_CASE("a run that is told to terminate can be resumed") {
  const Sample sample;
  const GatedPeer silent;
  sample.grant_peer(silent.port());
  Process process = sample.start(Args{"run", "--json", "helper", "wait"});
  process.wait_for("tool.called");
  process.signal(SIGTERM);
  const Ended ended = process.wait();
  CHECK(ended.status == 1);
  CHECK(holds(ended.err, "yoke runs resume"));
  CHECK(string_at(sample.events("@last").back(), "kind") == "tool.called");
}

TEST_CASE("an approval that nobody is there to give leaves the run waiting with status 3") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "helper", "open"});
  CHECK(ended.status == 3);
  CHECK(ended.out.empty());
  CHECK(holds(ended.err, "Allow door.open?"));
  CHECK(holds(ended.err, "yoke runs answer " + sample.newest_run()));
}

TEST_CASE("approvals can be answered ahead, one way or the other") {
  const Sample sample;
  const Ended yes = sample.yoke(Args{"run", "--yes", "helper", "open"});
  CHECK(yes.status == 0);
  CHECK(yes.out == "it said: {\"opened_for\":\"anna\"}\n");
  const Ended no = sample.yoke(Args{"run", "--deny", "helper", "open"});
  CHECK(no.status == 0);
  CHECK(holds(no.out, "it failed: "));
  CHECK(holds(no.out, "tester said no"));
}

TEST_CASE("what the policy denies is refused, whoever says yes") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "--yes", "helper", "burn"});
  CHECK(ended.status == 0);
  CHECK(holds(ended.out, "it failed: "));
  CHECK(holds(ended.out, "words.burn"));
}

TEST_CASE("a session remembers what was said before") {
  const Sample sample;
  CHECK(sample.yoke(Args{"run", "--session", "chat", "helper", "say one"}).status == 0);
  CHECK(sample.yoke(Args{"run", "--session", "chat", "helper", "first"}).out ==
        "you first said: say one\n");
  CHECK(sample.yoke(Args{"run", "-c", "helper", "first"}).out == "you first said: say one\n");
  CHECK(sample.yoke(Args{"run", "helper", "first"}).out == "you first said: first\n");
  const Ended listed = sample.yoke(Args{"runs", "list", "--session", "chat", "--json"});
  CHECK(json_lines(listed.out).size() == 3);
}

TEST_CASE("there must be a session to go on with") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "-c", "helper", "first"});
  CHECK(ended.status == 1);
  CHECK(holds(ended.err, "--session"));
}

TEST_CASE("named input reaches the journal, and what is no JSON is refused") {
  const Sample sample;
  sample.write("input.json", R"({"city": "Oslo", "n": 3})");
  const Args args = {"run",        "--input", "day=mon", "--input-json",
                     "input.json", "helper",  "say done"};
  CHECK(sample.yoke(args).status == 0);
  const Json started = sample.events("@last").front();
  CHECK(member_at(started, "input") == Json{{"city", "Oslo"}, {"n", 3}, {"day", "mon"}});
  sample.write("input.json", "{\"city\": }");
  const Ended broken = sample.yoke(args);
  CHECK(broken.status == 2);
  CHECK(holds(broken.err, "input.json"));
  const Ended pair = sample.yoke(Args{"run", "--input", "day", "helper", "say done"});
  CHECK(pair.status == 2);
  CHECK(holds(pair.err, "NAME=VALUE"));
}

TEST_CASE("a pipe that is closed early is no failure") {
  const Sample sample;
  Process process = sample.start(Args{"run", "--json", "helper", "huge"});
  CHECK(process.line().has_value());
  process.close_output();
  CHECK(process.wait().status == 0);
  CHECK(string_at(sample.events("@last").back(), "kind") == "run.completed");
}

TEST_CASE("an answer of many kilobytes comes out whole") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "helper", "huge"});
  CHECK(ended.status == 0);
  CHECK(ended.out.size() == 198'001);
}

TEST_CASE("a model that no backend has is refused before the run") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "--model", "demo/simple", "helper", "say x"});
  INFO(ended.err);
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "did you mean 'sample'?"));
  const Ended route = sample.yoke(Args{"run", "--model", "defualt", "helper", "say x"});
  CHECK(route.status == 2);
  CHECK(holds(route.err, "did you mean 'default'?"));
  CHECK(sample.yoke(Args{"runs", "list", "--json"}).out.empty());
}

TEST_CASE("a run can only be handed over to a process that holds the store") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "--detach", "helper", "say x"});
  CHECK(ended.status == 1);
  CHECK(holds(ended.err, "no running yoke holds this store"));
}

TEST_CASE("a run in memory leaves no file behind") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"run", "--store", "memory:", "helper", "say x"});
  CHECK(ended.out == "x\n");
  CHECK_FALSE(std::filesystem::exists(sample.file(".yoke")));
}

}  // namespace yoke::testing
