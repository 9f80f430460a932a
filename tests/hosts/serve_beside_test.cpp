#include <signal.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "runtime/base/text.h"
#include "runtime/http/client.h"
#include "tests/hosts/gated_peer.h"
#include "tests/hosts/sample.h"
#include "tests/support/test_loop.h"

// The command line beside a `yoke serve` that holds the store.
namespace yoke::testing {
namespace {

struct Reply {
  int status = 0;
  Json body;
};

// `yoke serve` at a free port, with a peer that peer.wait waits for in vain.
class Served {
 public:
  explicit Served(const std::string& more_config = "") {
    sample.grant_peer(peer_.port());
    sample.write("yoke.toml", sample.read("yoke.toml") + more_config);
    // What it says goes to its standard output, where it is read line by line.
    process = std::make_unique<Process>(
        "/bin/sh",
        sample.options({"-c", "exec \"$0\" serve --listen 127.0.0.1:0 2>&1", YOKE_PROGRAM}));
    const std::string ready = "ready on ";
    std::string line;
    while (!line.starts_with(ready)) line = process->line().value();
    url_ = line.substr(ready.size());
  }

  Reply ask(const std::string& method, const std::string& target, const Json& body = nullptr,
            const std::string& key = "") const {
    return send(method, url_ + target, "", body, key);
  }
  // Over the control socket.
  Reply order(const std::string& method, const std::string& target,
              const Json& body = nullptr) const {
    return send(method, "http://localhost" + target, sample.file(".yoke/yoke.sock"), body, "");
  }

  std::string start(const std::string& task) const {
    const Json body{{"agent", "helper"}, {"task", task}};
    const Reply made = ask("POST", "/v1/runs", body);
    REQUIRE(made.status == 201);
    return string_at(made.body, "run");
  }

  // Takes in the run's stream of events; whether that ended whole, and was not cut off.
  bool follow(const std::string& id, std::function<bool(std::string_view)> on_data) const {
    asio::io_context io(1);
    HttpClient client(io.get_executor());
    HttpRequest request;
    request.url = url_ + "/v1/runs/" + id + "/events";
    HttpSinks sinks;
    sinks.on_data = std::move(on_data);
    const Deadline until = LoopClock::now() + Process::kPatience;
    const HttpOutcome outcome = run(io, client.send(std::move(request), until, std::move(sinks)));
    return std::holds_alternative<HttpResponse>(outcome);
  }

  // Until the run's journal has the event.
  void wait_for(const std::string& id, const std::string& kind) const {
    Process follower = sample.start(Args{"runs", "events", id, "--follow", "--json"});
    follower.wait_for("\"" + kind + "\"");
  }
  std::string last_kind(const std::string& id) const {
    return string_at(sample.events(id).back(), "kind");
  }

  Sample sample;
  std::unique_ptr<Process> process;

 private:
  static Reply send(const std::string& method, const std::string& url, const std::string& socket,
                    const Json& body, const std::string& key) {
    asio::io_context io(1);
    HttpClient client(io.get_executor());
    HttpRequest request;
    request.method = method;
    request.url = url;
    request.unix_socket = socket;
    if (!key.empty()) request.headers.add("Authorization", "Bearer " + key);
    if (!body.is_null()) {
      request.headers.add("Content-Type", "application/json");
      request.body = to_text(body);
    }
    const Deadline until = LoopClock::now() + Process::kPatience;
    const HttpOutcome outcome = run(io, client.send(std::move(request), until));
    const HttpResponse& response = std::get<HttpResponse>(outcome);
    const Result<Json> parsed = parse_json(response.body);
    return Reply{response.status, parsed ? *parsed : Json()};
  }

  GatedPeer peer_;
  std::string url_;
};

std::string question_of(const Served& served, const std::string& id) {
  for (const Json& event : served.sample.events(id)) {
    if (string_at(event, "kind") == "question.asked") return string_at(event, "question");
  }
  return {};
}

// Whether one of the store's files holds the bytes.
bool is_on_disk(const Sample& sample, const std::string& bytes) {
  for (const auto& file : std::filesystem::recursive_directory_iterator(sample.file(".yoke"))) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    const std::string all((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (all.find(bytes) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a run that yoke serve drives goes on when it is answered from the command line") {
  const Served served;
  const std::string id = served.start("open");
  served.wait_for(id, "question.asked");
  const Ended answered =
      served.sample.yoke(Args{"runs", "answer", "@last", question_of(served, id), "yes"});
  INFO(answered.err);
  CHECK(answered.status == 0);
  served.wait_for(id, "run.completed");
  const Reply again = served.order("POST", "/v1/runs/" + id + "/answers",
                                   Json{{"question", question_of(served, id)}, {"value", "yes"}});
  CHECK(again.status == 409);
}

TEST_CASE("a run that yoke serve drives is cancelled from the command line") {
  const Served served;
  const std::string id = served.start("wait");
  served.wait_for(id, "tool.called");
  CHECK(served.sample.yoke(Args{"runs", "cancel", id}).status == 0);
  served.wait_for(id, "run.cancelled");
}

TEST_CASE("what is handed over takes its turn among the hook's own runs: one drives them all") {
  const Served served("[serve]\nruns_at_once = 1\n");
  const std::string first = served.start("wait");
  served.wait_for(first, "tool.called");
  const Ended handed = served.sample.yoke(Args{"run", "--detach", "helper", "say in turn"});
  INFO(handed.err);
  REQUIRE(handed.status == 0);
  const std::string id(trim(handed.out));
  for (const Reply& ready : {served.ask("GET", "/readyz"), served.order("GET", "/readyz")}) {
    CHECK(integer_at(ready.body, "driving") == 1);
  }
  CHECK(served.last_kind(id) != "run.completed");
  CHECK(served.sample.yoke(Args{"runs", "cancel", first}).status == 0);
  served.wait_for(id, "run.completed");
}

TEST_CASE("keys that are made and revoked beside yoke serve hold from the next request on") {
  const Served served;
  CHECK(served.ask("GET", "/v1/runs").status == 200);
  const Ended made = served.sample.yoke(Args{"keys", "create", "ci", "--quiet"});
  REQUIRE(made.status == 0);
  const std::string key(trim(made.out));
  CHECK(served.ask("GET", "/v1/runs").status == 401);
  CHECK(served.ask("GET", "/v1/runs", nullptr, key).status == 200);
  const Reply unknown = served.order("POST", "/v1/keys", Json{{"name", "x"}, {"scope", "run"}});
  CHECK(unknown.status == 422);
  CHECK(string_at(unknown.body, "param") == "/scope");
  CHECK(served.sample.yoke(Args{"keys", "revoke", "ci"}).status == 0);
  CHECK(served.ask("GET", "/v1/runs", nullptr, key).status == 401);
  CHECK(served.ask("POST", "/v1/keys", Json{{"name", "y"}}).status == 404);
}

TEST_CASE("the control socket asks for no key, and describes what it takes besides") {
  const Served served;
  REQUIRE(served.sample.yoke(Args{"keys", "create", "ci"}).status == 0);
  CHECK(served.order("GET", "/v1/runs").status == 200);
  const Reply description = served.order("GET", "/openapi.json");
  const Json& paths = member_at(description.body, "paths");
  for (const char* path : {"/v1/runs", "/v1/keys", "/v1/schedules", "/v1/webhooks"}) {
    CHECK(paths.contains(path));
  }
}

TEST_CASE("a signal while yoke serve has patience with a run leaves the socket open to cancel it") {
  const Served served;
  const std::string id = served.start("wait");
  served.wait_for(id, "tool.called");
  served.process->signal(SIGTERM);
  served.process->wait_for("stopping");
  CHECK(served.sample.yoke(Args{"runs", "cancel", id}).status == 0);
  CHECK(served.process->wait().status == 0);
  CHECK(served.last_kind(id) == "run.cancelled");
}

TEST_CASE("a second signal ends the wait while somebody follows a run, whose stream ends whole") {
  const Served served("[serve]\ndrain = \"1h\"\n");
  const std::string id = served.start("wait");
  bool signalled = false;
  std::string text;
  const auto on_data = [&](std::string_view bytes) {
    text += bytes;
    if (signalled || text.find("tool.called") == std::string::npos) return true;
    signalled = true;
    served.process->signal(SIGTERM);
    served.process->wait_for("stopping");
    served.process->signal(SIGTERM);
    return true;
  };
  CHECK(served.follow(id, on_data));
  CHECK(signalled);
  CHECK(served.process->wait().status == 0);
}

TEST_CASE("schedules are listed with and without a yoke serve, and acted on over its socket") {
  Served served(
      "[schedules.weekly]\ncron = \"0 8 * * MON\"\nzone = \"Europe/Oslo\"\n"
      "agent = \"lonely\"\ntask = \"say weekly\"\n");
  const Json nightly{
      {"name", "nightly"}, {"cron", "@daily"}, {"agent", "lonely"}, {"task", "say nightly"}};
  REQUIRE(served.ask("POST", "/v1/schedules", nightly).status == 201);
  const Sample& sample = served.sample;
  const Ended listed = sample.yoke(Args{"schedules", "list"});
  CHECK(listed.status == 0);
  CHECK(holds(listed.out, "Europe/Oslo"));
  CHECK(holds(listed.out, "nightly"));
  const Ended started = sample.yoke(Args{"schedules", "run", "weekly"});
  INFO(started.err);
  REQUIRE(started.status == 0);
  served.wait_for(std::string(trim(started.out)), "run.completed");
  CHECK(sample.yoke(Args{"schedules", "pause", "nightly"}).status == 0);
  CHECK(holds(sample.yoke(Args{"schedules", "list"}).out, "paused"));
  const Ended fixed = sample.yoke(Args{"schedules", "pause", "weekly"});
  CHECK(fixed.status == 1);
  CHECK(holds(fixed.err, "yoke.toml"));
  CHECK(holds(sample.yoke(Args{"schedules", "run", "weekli"}).err, "no schedule 'weekli'"));
  served.process->signal(SIGTERM);
  CHECK(served.process->wait().status == 0);
  const std::vector<Json> rows = json_lines(sample.yoke(Args{"schedules", "list", "--json"}).out);
  REQUIRE(rows.size() == 2);
  CHECK(string_at(rows[0], "name") == "nightly");
  CHECK_FALSE(bool_at(rows[0], "enabled", true));
  CHECK(member_at(rows[1], "next").size() == 3);
  const Ended nobody = sample.yoke(Args{"schedules", "run", "weekly"});
  CHECK(nobody.status == 1);
  CHECK(holds(nobody.err, "no 'yoke serve' holds this store"));
}

TEST_CASE("schedules of yoke.toml are listed before there is any store") {
  const Sample sample;
  sample.write("yoke.toml", sample.read("yoke.toml") +
                                "[schedules.weekly]\ncron = \"@weekly\"\nagent = \"lonely\"\n");
  const Ended listed = sample.yoke(Args{"schedules", "list"});
  INFO(listed.err);
  CHECK(listed.status == 0);
  CHECK(holds(listed.out, "weekly"));
  CHECK_FALSE(std::filesystem::exists(sample.file(".yoke/yoke.db")));
}

TEST_CASE("a schedule or a key that is not named is asked for in a sentence") {
  const Sample sample;
  for (const char* verb : {"run", "pause", "resume"}) {
    const Ended asked = sample.yoke(Args{"schedules", verb});
    CHECK(asked.status == 2);
    CHECK(asked.err == "yoke: which schedule? give its name; see 'yoke schedules list'\n");
  }
  CHECK(holds(sample.yoke(Args{"keys", "revoke"}).err, "which key?"));
  CHECK(holds(sample.yoke(Args{"keys", "--help"}).out, "yoke keys create ci"));
  CHECK(holds(sample.yoke(Args{"schedules", "--help"}).out, "yoke schedules run"));
}

TEST_CASE("what was said in an erased run is in none of the store's files any more") {
  const std::string secret = "the-marker-of-this-test";
  const Sample sample;
  const std::string id = sample.run("say " + secret);
  const std::string big = sample.run("huge " + secret);
  REQUIRE(is_on_disk(sample, secret));
  for (const std::string& each : {id, big}) {
    const Ended asked = sample.yoke(Args{"runs", "erase", each});
    CHECK(asked.status == 2);  // nobody is there to say yes
    CHECK(holds(asked.err, "--yes"));
    const Ended erased = sample.yoke(Args{"runs", "erase", each, "--yes"});
    INFO(erased.err);
    CHECK(erased.status == 0);
  }
  CHECK_FALSE(is_on_disk(sample, secret));
  CHECK(sample.yoke(Args{"runs", "verify"}).status == 0);
  const Ended shown = sample.yoke(Args{"runs", "show", id, "--json"});
  CHECK(shown.status == 0);
  CHECK(holds(shown.err, "what was said in run " + id + " was erased by "));
  const Json row = json_lines(shown.out).at(0);
  CHECK(string_at(row, "status") == "completed");
  CHECK_FALSE(string_at(row["erased"], "by").empty());
}

TEST_CASE("a run is erased beside yoke serve as well, once it has ended") {
  const std::string secret = "another-marker-of-this-test";
  const Served served;
  const std::string id = served.start("say " + secret);
  served.wait_for(id, "run.completed");
  REQUIRE(is_on_disk(served.sample, secret));
  const Ended erased = served.sample.yoke(Args{"runs", "erase", id.substr(0, 22), "--yes"});
  INFO(erased.err);
  CHECK(erased.status == 0);
  const std::string waiting = served.start("wait");
  served.wait_for(waiting, "tool.called");
  CHECK(served.sample.yoke(Args{"runs", "erase", waiting, "--yes"}).status == 1);
  CHECK_FALSE(is_on_disk(served.sample, secret));
}

TEST_CASE("a person who is asked whether to erase may think better of it") {
  const Sample sample;
  const std::string id = sample.run("say keep me");
  ProcessOptions options = sample.options({"runs", "erase", id});
  options.terminal = true;
  {
    Process process = sample.start(options);
    process.wait_for("yes/no");
    process.type("no\n");
    CHECK(process.wait().status == 1);
  }
  CHECK(string_at(sample.events(id).back(), "text") == "keep me");
  Process process = sample.start(options);
  process.wait_for("(say keep me)");
  process.type("yes\n");
  CHECK(process.wait().status == 0);
}

}  // namespace yoke::testing
