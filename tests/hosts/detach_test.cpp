#include <signal.h>
#include <sqlite3.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/hosts/gated_peer.h"
#include "tests/hosts/sample.h"

// Runs handed over with --detach to the process that holds the store.
namespace yoke::testing {
namespace {

// A conversation that waits for its next line, with its project and a peer for peer.wait.
class Host {
 public:
  Host() {
    sample.grant_peer(peer.port());
    ProcessOptions options = sample.options({"repl", "helper"});
    options.talks = true;
    process = std::make_unique<Process>(YOKE_PROGRAM, options);
    process->wait_for_err("conversation");
  }

  std::string detach(const Args& args) const {
    Args all = {"run", "--detach"};
    all.insert(all.end(), args.begin(), args.end());
    return detach(sample.options(all));
  }

  std::string detach(const ProcessOptions& options) const {
    const Ended handed = sample.yoke(options);
    INFO(handed.err);
    REQUIRE(handed.status == 0);
    return std::string(trim(handed.out));
  }

  // Until the run's journal has the event.
  void wait_for(const std::string& id, const std::string& kind) const {
    Process follower = sample.start(Args{"runs", "events", id, "--follow", "--json"});
    follower.wait_for("\"" + kind + "\"");
  }

  std::vector<Json> to_its_end(const std::string& id) const {
    return json_lines(sample.yoke(Args{"runs", "events", id, "--follow", "--json"}).out);
  }

  Sample sample;
  GatedPeer peer;
  std::unique_ptr<Process> process;
};

std::string question_in(const std::vector<Json>& events) {
  for (const Json& event : events) {
    if (string_at(event, "kind") == "question.asked") return string_at(event, "question");
  }
  return {};
}

}  // namespace

TEST_CASE("a process that is left drives what was handed over to its end") {
  Host host;
  const std::string id = host.detach({"helper", "wait"});
  host.wait_for(id, "tool.called");
  host.process->type("/exit\n");
  host.process->wait_for_err("to its end: " + id);
  host.peer.open();
  const Ended ended = host.process->wait();
  CHECK(ended.status == 0);
  CHECK(ended.out.empty());
  const Json last = host.sample.events(id).back();
  CHECK(string_at(last, "kind") == "run.completed");
  CHECK(holds(string_at(last, "text"), "came"));
}

TEST_CASE("an interrupt while a process leaves stops what was handed over, and says so") {
  Host host;
  const std::string id = host.detach({"helper", "wait"});
  host.wait_for(id, "tool.called");
  host.process->type("/exit\n");
  host.process->wait_for_err("to its end: " + id);
  host.process->signal(SIGINT);
  const Ended ended = host.process->wait();
  CHECK(ended.status == 0);
  CHECK(holds(ended.err, "stopped run " + id + "; go on with: yoke runs resume " + id));
  CHECK(string_at(host.sample.events(id).back(), "kind") == "tool.called");
  CHECK(host.sample.yoke(Args{"runs", "cancel", id}).status == 0);
}

TEST_CASE("a signal at the prompt stops what was handed over, and says so") {
  for (const int number : {SIGINT, SIGTERM}) {
    Host host;
    const std::string id = host.detach({"helper", "wait"});
    host.wait_for(id, "tool.called");
    host.process->signal(number);
    const Ended ended = host.process->wait();
    CHECK(ended.status == -number);
    CHECK(holds(ended.err, "stopped run " + id));
    CHECK(string_at(host.sample.events(id).back(), "kind") == "tool.called");
  }
}

TEST_CASE("a run that is told to terminate stops what was handed over to it, too") {
  const Sample sample;
  const GatedPeer peer;
  sample.grant_peer(peer.port());
  Process process = sample.start(Args{"run", "--json", "helper", "wait"});
  process.wait_for("tool.called");
  const Ended handed = sample.yoke(Args{"run", "--detach", "helper", "wait"});
  REQUIRE(handed.status == 0);
  const std::string id(trim(handed.out));
  process.signal(SIGTERM);
  const Ended ended = process.wait();
  CHECK(ended.status == 1);
  CHECK(holds(ended.err, "stopped run " + id));
  CHECK(sample.yoke(Args{"runs", "verify"}).status == 0);
}

TEST_CASE("what was handed over does not hold up the conversation beside it") {
  Host host;
  const std::string id = host.detach({"helper", "wait"});
  host.wait_for(id, "tool.called");
  host.process->type("say two\n");
  host.process->wait_for("two");
  host.process->type("say three\n");
  host.process->wait_for("three");
  CHECK(host.sample.yoke(Args{"runs", "cancel", id}).status == 0);
  host.process->type("/exit\n");
  CHECK(host.process->wait().status == 0);
}

TEST_CASE("what a run that was handed over says does not come out where another is watched") {
  for (const bool json : {false, true}) {
    GatedPeer peer;
    const Sample sample;
    sample.grant_peer(peer.port());
    Args args = {"run", "helper", "wait"};
    if (json) args.emplace_back("--json");
    Process process = sample.start(args);
    peer.wait_for_caller();
    const Ended handed = sample.yoke(Args{"run", "--detach", "helper", "count strange words"});
    REQUIRE(handed.status == 0);
    const std::string other(trim(handed.out));
    CHECK(holds(sample.yoke(Args{"runs", "events", other, "--follow"}).out, "run.completed"));
    peer.open();
    const Ended ended = process.wait();
    CHECK(ended.status == 0);
    CHECK(holds(ended.out, "came"));
    CHECK(ended.out.find("strange") == std::string::npos);
    CHECK(ended.out.find("it said: {\"words\"") == std::string::npos);
    CHECK(ended.err.find("words.count") == std::string::npos);
    CHECK(ended.out.find(other) == std::string::npos);
  }
}

TEST_CASE("a fault of a run that was handed over is told, and ends no other run") {
  Host host;
  const std::string id = host.detach({"helper", "wait"});
  host.wait_for(id, "tool.called");
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open(host.sample.file(".yoke/yoke.db").c_str(), &database) == SQLITE_OK);
  const char* sql =
      "create trigger broken before insert on journal when new.seq > 2 and (select agent from "
      "runs where run_no = new.run_no) = 'lonely' begin select raise(abort, 'it broke'); end";
  CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(database);
  const std::string broken = host.detach({"lonely", "say x"});
  host.process->wait_for_err("yoke: run " + broken + ": ");
  host.process->wait_for_err("it broke");
  host.peer.open();
  CHECK(string_at(host.to_its_end(id).back(), "kind") == "run.completed");
}

TEST_CASE("a limit goes with a run that is handed over") {
  const Host host;
  const std::vector<Json> events =
      host.to_its_end(host.detach({"--limit", "steps=2", "helper", "grow"}));
  REQUIRE_FALSE(events.empty());
  CHECK(string_at(events.back(), "reason") == "limit.steps");
  CHECK(std::count_if(events.begin(), events.end(), [](const Json& event) {
          return string_at(event, "kind") == "model.called";
        }) == 2);
}

TEST_CASE("a wrong limit is refused before a run is handed over") {
  const Host host;
  const Ended ended =
      host.sample.yoke(Args{"run", "--detach", "--limit", "step=2", "helper", "say x"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "step"));
  CHECK(host.sample.newest_run().empty());
}

TEST_CASE("input, piped text and the session go with a run that is handed over") {
  const Host host;
  ProcessOptions options = host.sample.options(
      {"run", "--detach", "--session", "talk", "--input", "week=12", "helper", "say look:"});
  options.input = "the piped text";
  const std::vector<Json> events = host.to_its_end(host.detach(options));
  REQUIRE_FALSE(events.empty());
  CHECK(member_at(events.front(), "input") == Json{{"week", "12"}});
  CHECK(string_at(events.front(), "session") == "talk");
  CHECK(holds(string_at(events.back(), "text"), "the piped text"));
  const std::vector<Json> next = host.to_its_end(host.detach({"-c", "helper", "first"}));
  REQUIRE_FALSE(next.empty());
  CHECK(string_at(next.front(), "session") == "talk");
  CHECK(holds(string_at(next.back(), "text"), "say look:"));
}

TEST_CASE("an agent's path is that of the shell that hands the run over") {
  const Host host;
  host.sample.write("deep/lonely.lua", host.sample.read("agents/lonely.lua"));
  ProcessOptions options = host.sample.options({"run", "--detach", "lonely.lua", "say x"});
  options.dir = host.sample.file("deep");
  const std::vector<Json> events = host.to_its_end(host.detach(options));
  REQUIRE_FALSE(events.empty());
  CHECK(string_at(events.front(), "agent") == "lonely");
}

TEST_CASE("a run without an agent file can be handed over") {
  const Host host;
  const std::vector<Json> events = host.to_its_end(host.detach({"-p", "say plainly"}));
  REQUIRE_FALSE(events.empty());
  CHECK(string_at(events.back(), "text") == "plainly");
}

TEST_CASE("what cannot be handed over is refused and not dropped") {
  const Host host;
  for (const char* option : {"--yes", "--deny"}) {
    const Ended ended = host.sample.yoke(Args{"run", "--detach", option, "helper", "say x"});
    CHECK(ended.status == 2);
    CHECK(holds(ended.err, "cannot be handed over"));
  }
  const Sample other;
  const std::string store = "sqlite:" + host.sample.file(".yoke/yoke.db");
  const Ended ended = other.yoke(Args{"run", "--store", store, "--detach", "helper", "say x"});
  CHECK(ended.status == 2);
  CHECK(holds(ended.err, "works in the project"));
  CHECK(host.sample.newest_run().empty());
}

TEST_CASE("a run that was handed over goes on when its question is answered") {
  const Host host;
  const std::string id = host.detach({"helper", "open"});
  host.wait_for(id, "question.asked");
  const std::string question = question_in(host.sample.events(id));
  const Ended answered = host.sample.yoke(Args{"runs", "answer", id, question, "yes"});
  INFO(answered.err);
  REQUIRE(answered.status == 0);
  const std::vector<Json> events = host.to_its_end(id);
  REQUIRE_FALSE(events.empty());
  CHECK(string_at(events.back(), "kind") == "run.completed");
  CHECK(holds(string_at(events.back(), "text"), "opened_for"));
}

}  // namespace yoke::testing
