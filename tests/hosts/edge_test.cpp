#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/hosts/sample.h"

// What a person or a script may do to the command line without meaning harm.
namespace yoke::testing {
namespace {

Ended in_shell(const Sample& sample, const std::string& script) {
  ProcessOptions options = sample.options({"-c", script, YOKE_PROGRAM});
  Process shell("/bin/sh", options);
  return shell.wait();
}

}  // namespace

TEST_CASE("a task may be a word that is a verb elsewhere") {
  const Sample sample;
  sample.yoke(Args{"run", "helper", "init"});
  CHECK(string_at(sample.events("@last").front(), "task") == "init");
  sample.yoke(Args{"run", "helper", "version", "--json"});
  CHECK(string_at(sample.events("@last").front(), "task") == "version");
}

TEST_CASE("a group of verbs without a verb lists its verbs") {
  const Sample sample;
  const Ended ended = sample.yoke(Args{"runs"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "'yoke runs resume'"));
}

TEST_CASE("a closed standard stream is not taken for a file of the store") {
  const Sample sample;
  for (const char* closed : {">&-", "2>&-", "<&-"}) {
    INFO(closed);
    in_shell(sample, std::string("exec \"$0\" run helper 'say quux' ") + closed);
    CHECK(string_at(sample.events("@last").front(), "task") == "say quux");
    CHECK(sample.read(".yoke/yoke.db.lock").find("quux") == std::string::npos);
  }
  CHECK(sample.yoke(Args{"runs", "verify"}).status == 0);
}

TEST_CASE("a folder in the place of a file is named as one") {
  const Sample sample;
  std::filesystem::create_directory(sample.file("folder"));
  for (const Args& args : {Args{"--config", "folder", "tools", "list"},
                           Args{"run", "helper", "--input-json", "folder"}}) {
    const Ended ended = sample.yoke(args);
    CHECK(ended.status == 2);
    CHECK(holds(ended.err, "folder: it is a folder"));
  }
}

TEST_CASE("a folder that has gone is an error, not a crash") {
  const Sample sample;
  const Ended ended =
      in_shell(sample, "mkdir gone && cd gone && rmdir ../gone && exec \"$0\" tools list");
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "no longer there"));
}

TEST_CASE("without a project the first error says how to make one") {
  const TempProject empty(YOKE_PROGRAM);
  for (const Args& args : {Args{"run", "-p", "hi"}, Args{"run", "hello", "hi"}}) {
    const Ended ended = empty.yoke(args);
    CHECK(ended.status == 2);
    CHECK(holds(ended.err, "'yoke init' makes a project"));
  }
}

TEST_CASE("options that contradict each other are refused") {
  const Sample sample;
  CHECK(sample.yoke(Args{"run", "helper", "open", "--yes", "--deny"}).status == 2);
  const Ended two = sample.yoke(Args{"run", "-p", "say", "something"});
  CHECK(two.status == 2);
  CHECK(holds(two.err, "quote the task"));
}

TEST_CASE("a tool that is defined twice is not run by either definition") {
  const Sample sample;
  sample.write("tools/another.lua", R"lua(return tool {
    name = "words.count", description = "Miscounts.", input = { text = "string" },
    effect = "read", run = function() return { words = 0 } end,
  })lua");
  const Ended ended = sample.yoke(Args{"run", "helper", "count to be"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "words.count"));
}

TEST_CASE("a tool file that does not load is told at the start of a run that needs none of it") {
  const Sample sample;
  sample.write("tools/broken.lua", "return tool {");
  const Ended ended = sample.yoke(Args{"run", "helper", "say x"});
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "note: not loaded: tools/broken.lua:1"));
}

TEST_CASE("a call that nobody is asked about can be declined by hand") {
  const Sample sample;
  const Args args{"tools", "call", "door.open", "{\"who\":\"a\"}", "--deny"};
  const Ended ended = sample.yoke(args);
  CHECK(ended.status == 1);
  CHECK(ended.out.empty());
}

TEST_CASE("a fork with a result that is no JSON or a model that is not there makes no run") {
  const Sample sample;
  const std::string id = sample.run("count to be");
  const Ended result = sample.yoke(Args{"runs", "fork", id, "--at", "5", "--result", "not json"});
  CHECK(result.status == 2);
  CHECK(holds(result.err, "--result: "));
  const Ended model = sample.yoke(Args{"runs", "fork", id, "--at", "5", "--model", "nope/x"});
  CHECK(model.status == 2);
  CHECK(sample.newest_run() == id);
}

TEST_CASE("an answer that could not be written is a failure, though the run is not") {
  const Sample sample;
  const Ended ended = in_shell(sample, "exec \"$0\" run helper 'say x' > /dev/full");
  CHECK(ended.status == 1);
  CHECK(holds(ended.err, "cannot write to standard output: No space left"));
  CHECK(string_at(sample.events("@last").back(), "kind") == "run.completed");
}

TEST_CASE("following a run ends when its reader has gone") {
  const Sample sample;
  sample.run("open", 3);
  Process follow = sample.start(Args{"runs", "events", "@last", "--follow"});
  REQUIRE(follow.line());
  follow.close_output();
  CHECK(follow.wait().status == 0);
}

TEST_CASE("the doctor looks into the store, the secrets and the keys that are named") {
  const Sample sample;
  CHECK(sample.yoke(Args{"doctor"}).status == 0);
  sample.write("yoke.toml", sample.read("yoke.toml") + R"toml(
[backends.keyed]
preset = "openai-compatible"
base_url = "http://127.0.0.1:1/v1"
api_key = "env:NO_SUCH_KEY"

[secrets]
TOKEN = "env:NO_SUCH_TOKEN"
)toml");
  sample.write(".yoke/yoke.db", "this is no database, and never was one of ours");
  const Ended ended = sample.yoke(Args{"doctor"});
  CHECK(ended.status == 1);
  CHECK(holds(ended.out, "bad   store"));
  CHECK(holds(ended.out, "NO_SUCH_TOKEN"));
  CHECK(holds(ended.out, "no key: env:NO_SUCH_KEY is not set"));
  std::filesystem::remove(sample.file(".yoke/yoke.db"));
  const Ended run = sample.yoke(Args{"run", "helper", "say x", "--model", "keyed/m"});
  CHECK(run.status == 1);
  CHECK(holds(run.err, "no key: set env:NO_SUCH_KEY"));
}

}  // namespace yoke::testing
