#include <signal.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/hosts/gated_peer.h"
#include "tests/hosts/sample.h"

// Two processes and one store: who may do what, and how the one reaches the other.
namespace yoke::testing {
namespace {

// A process in the middle of a run: its tool waits for a peer that never answers.
class Busy {
 public:
  Busy() {
    sample.grant_peer(peer_.port());
    process = std::make_unique<Process>(YOKE_PROGRAM,
                                        sample.options({"run", "--json", "helper", "wait"}));
    process->wait_for("tool.called");
  }

  Sample sample;
  std::unique_ptr<Process> process;

 private:
  GatedPeer peer_;
};

}  // namespace

TEST_CASE("a second process that would write learns which process holds the store") {
  Busy busy;
  const Ended second = busy.sample.yoke(Args{"run", "helper", "say x"});
  CHECK(second.status == 1);
  CHECK(holds(second.err, "in use by process " + std::to_string(busy.process->pid())));
  CHECK(split(std::string(trim(second.err)), '\n').size() == 1);
}

TEST_CASE("reading commands work beside a process that writes") {
  Busy busy;
  const Ended listed = busy.sample.yoke(Args{"runs", "list"});
  CHECK(listed.status == 0);
  CHECK(holds(listed.out, "running"));
  CHECK(string_at(busy.sample.events("@last").back(), "kind") == "tool.called");
  CHECK(busy.sample.yoke(Args{"runs", "verify"}).status == 0);
  CHECK(busy.sample.yoke(Args{"tools", "list"}).status == 0);
  CHECK(busy.sample.yoke(Args{"doctor"}).status == 0);
}

TEST_CASE("a run in progress is cancelled from another process") {
  Busy busy;
  const std::string id = busy.sample.newest_run();
  const Ended cancelled = busy.sample.yoke(Args{"runs", "cancel", "@last"});
  INFO(cancelled.err);
  CHECK(cancelled.status == 0);
  CHECK(busy.process->wait().status == 130);
  CHECK(string_at(busy.sample.events(id).back(), "kind") == "run.cancelled");
}

TEST_CASE("a run whose store has a very long path is reached as well") {
  const std::string deep = std::string(60, 'a') + "/" + std::string(60, 'b');
  Sample sample;
  const GatedPeer peer;
  sample.grant_peer(peer.port());
  std::filesystem::create_directories(sample.file(deep));
  const std::string store = "sqlite:" + deep + "/yoke.db";
  Process process = sample.start(Args{"run", "--store", store, "--json", "helper", "wait"});
  process.wait_for("tool.called");
  const Ended cancelled = sample.yoke(Args{"runs", "--store", store, "cancel", "@last"});
  INFO(cancelled.err);
  CHECK(cancelled.status == 0);
  CHECK(process.wait().status == 130);
}

TEST_CASE("only the user who runs it may reach a run in progress") {
  Busy busy;
  struct stat found {};
  REQUIRE(::stat(busy.sample.file(".yoke/yoke.sock").c_str(), &found) == 0);
  CHECK((found.st_mode & 0077) == 0);
}

// A run at a terminal that has asked for leave to open something.
struct AskedAtTerminal {
  AskedAtTerminal() { process.wait_for("yes/no"); }

  ProcessOptions options() const {
    ProcessOptions options = sample.options({"run", "helper", "open"});
    options.terminal = true;
    return options;
  }

  const Sample sample;
  Process process = sample.start(options());
};

TEST_CASE("a question at a terminal can be answered from another process") {
  AskedAtTerminal asked;
  const Sample& sample = asked.sample;
  Process& process = asked.process;
  std::string question;
  for (const Json& event : sample.events("@last")) {
    if (string_at(event, "kind") == "question.asked") question = string_at(event, "question");
  }
  REQUIRE_FALSE(question.empty());
  const Ended answered = sample.yoke(Args{"runs", "answer", "@last", question, "yes"});
  INFO(answered.err);
  CHECK(answered.status == 0);
  const Ended ended = process.wait();
  CHECK(ended.status == 0);
  CHECK(holds(ended.out, "opened_for"));
}

TEST_CASE("an empty line neither gives nor withholds an approval: it is asked for again") {
  AskedAtTerminal asked;
  const Sample& sample = asked.sample;
  Process& process = asked.process;
  process.type("\n");
  process.wait_for("yes/no");
  const Json last = sample.events("@last").back();
  CHECK(string_at(last, "kind") == "question.asked");
  const Args empty{"runs", "answer", "@last", string_at(last, "question"), ""};
  CHECK(holds(sample.yoke(empty).err, "neither way"));
  process.type("yes\n");
  const Ended ended = process.wait();
  CHECK(ended.status == 0);
  CHECK(holds(ended.out, "opened_for"));
}

TEST_CASE("a run is handed over to the process that holds the store") {
  Busy busy;
  const std::string first = busy.sample.newest_run();
  const Ended handed = busy.sample.yoke(Args{"run", "--detach", "helper", "say handed over"});
  INFO(handed.err);
  CHECK(handed.status == 0);
  const std::string id(trim(handed.out));
  CHECK(id != first);
  const Ended followed = busy.sample.yoke(Args{"runs", "events", id, "--follow", "--json"});
  const std::vector<Json> events = json_lines(followed.out);
  REQUIRE_FALSE(events.empty());
  CHECK(string_at(events.back(), "text") == "handed over");
}

TEST_CASE("a process whose lock is removed stops driving within seconds, and says why") {
  Busy busy;
  REQUIRE(std::filesystem::remove(busy.sample.file(".yoke/yoke.db.lock")));
  const Ended ended = busy.process->wait();
  CHECK(ended.status == 1);
  CHECK(holds(ended.err, "yoke.db.lock' was removed or replaced"));
  CHECK(string_at(busy.sample.events("@last").back(), "kind") == "tool.called");
}

TEST_CASE("an odd id gets the same error with and without a process that holds the store") {
  for (const char* id : {"a b", "a/b", "%", "../x", "é", ""}) {
    const Sample idle;
    idle.run("say x");
    const Ended without = idle.yoke(Args{"runs", "cancel", id});
    const Busy busy;
    const Ended with = busy.sample.yoke(Args{"runs", "cancel", id});
    CHECK(with.status == without.status);
    CHECK(with.err == without.err);
    CHECK(without.status != 0);
    CHECK(busy.sample.yoke(Args{"runs", "answer", id, "q", "yes"}).err == without.err);
  }
}

TEST_CASE("two stores in one folder are two places to be reached") {
  Sample sample;
  const GatedPeer peer;
  sample.grant_peer(peer.port());
  const std::string a = "sqlite:" + sample.file("a.db");
  const std::string b = "sqlite:" + sample.file("b.db");
  REQUIRE(sample.yoke(Args{"run", "--store", b, "helper", "open"}).status == 3);
  Process process = sample.start(Args{"run", "--store", a, "--json", "helper", "wait"});
  process.wait_for("tool.called");
  CHECK(std::filesystem::exists(sample.file("a.sock")));
  const Ended cancelled = sample.yoke(Args{"runs", "--store", b, "cancel", "@last"});
  INFO(cancelled.err);
  CHECK(cancelled.status == 0);
  CHECK(holds(sample.yoke(Args{"runs", "--store", b, "list"}).out, "cancelled"));
  CHECK(holds(sample.yoke(Args{"runs", "--store", a, "list"}).out, "running"));
}

TEST_CASE("the next process takes over a run whose process was killed") {
  Busy busy;
  busy.process->signal(SIGKILL);
  CHECK(busy.process->wait().status == -SIGKILL);
  const std::string id = busy.sample.newest_run();
  const Ended cancelled = busy.sample.yoke(Args{"runs", "cancel", id});
  INFO(cancelled.err);
  CHECK(cancelled.status == 0);
  CHECK(string_at(busy.sample.events(id).back(), "kind") == "run.cancelled");
}

}  // namespace yoke::testing
