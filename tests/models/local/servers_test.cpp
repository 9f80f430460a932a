#include <signal.h>

#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>

#include "models/local/local_servers.h"
#include "runtime/base/text.h"
#include "runtime/http/client.h"
#include "tests/support/temp_project.h"
#include "tests/support/test_loop.h"

namespace yoke {
namespace {

using namespace std::chrono_literals;

// Local servers on a loop, with real child processes.
struct World {
  LocalBackend tiny(std::vector<std::string> more = {}) const {
    LocalBackend backend;
    backend.preset = "llama.cpp";
    LaunchSettings launch;
    launch.command = {YOKE_FAKE_MODEL_SERVER, "--port", "{port}"};
    launch.command.insert(launch.command.end(), more.begin(), more.end());
    launch.dir = folder.path();
    launch.backoff_first = 10ms;
    backend.settings.launch = std::move(launch);
    return backend;
  }

  Result<void> make(std::map<std::string, LocalBackend> backends, LocalLimits limits = {}) {
    limits.log_dir = folder.file("logs");
    auto made = LocalServers::make(io.get_executor(), sender, std::move(backends), limits);
    if (!made) return made.error();
    servers = std::move(*made);
    LocalServers::Hooks hooks;
    hooks.load = [this](const LoadNote& note) { notes.push_back(note); };
    servers->set_hooks(std::move(hooks));
    return {};
  }

  Result<Permit> enter(const std::string& name, std::chrono::milliseconds within = 30s) {
    GateRequest request;
    request.model = "tiny";
    request.tenant = "t";
    request.tokens = 100;
    return run(io, entered(servers->gate(name), std::move(request), LoopClock::now() + within));
  }
  // Asks the server as a backend would; the status, or 0.
  int ask(const std::string& name) {
    HttpRequest request;
    request.url = servers->base_url(name) + "/models";
    auto sent = servers->sender(name)->send(std::move(request), LoopClock::now() + 5s, {});
    const HttpOutcome outcome = run(io, std::move(sent));
    const auto* response = std::get_if<HttpResponse>(&outcome);
    return response == nullptr ? 0 : response->status;
  }
  bool noted(LoadNote::Phase phase) const {
    for (const LoadNote& note : notes) {
      if (note.phase == phase) return true;
    }
    return false;
  }

  static awaitable<Result<Permit>> entered(Gate* gate, GateRequest request, Deadline deadline) {
    Result<Permit> permit = co_await gate->enter(std::move(request), deadline);
    co_return permit;
  }

  testing::TempFolder folder;
  asio::io_context io{1};
  HttpClient client{io.get_executor()};
  ClientSender sender{client};
  std::vector<LoadNote> notes;
  std::unique_ptr<LocalServers> servers;
};

}  // namespace

TEST_CASE("a server is started at its first request, on a free port, and waited for") {
  World world;
  REQUIRE(world.make({{"local", world.tiny({"--load-probes", "3", "--slots", "4"})}}).has_value());
  CHECK(world.servers->look("local")->state == "not running");
  CHECK(world.ask("local") == 0);
  const Result<Permit> permit = world.enter("local");
  REQUIRE(permit.has_value());
  const LocalLook look = *world.servers->look("local");
  CHECK(look.state == "ready");
  CHECK(look.busy == 1);
  CHECK(look.slots == 4);
  CHECK(look.pid > 0);
  CHECK(world.ask("local") == 200);
  REQUIRE(world.noted(LoadNote::Phase::loading));
  CHECK(world.notes.front().model == "tiny");
  CHECK(world.notes.back().phase == LoadNote::Phase::ready);
  CHECK(world.folder.read("logs/local.log").find("life 1, pid ") != std::string::npos);
}

TEST_CASE("a killed server is started again, and who asks meanwhile waits") {
  World world;
  REQUIRE(world.make({{"local", world.tiny()}}).has_value());
  REQUIRE(world.enter("local").has_value());
  const long first = world.servers->look("local")->pid;
  ::kill(static_cast<pid_t>(first), SIGKILL);
  run_until(world.io, [&] { return world.servers->look("local")->state != "ready"; });
  CHECK(world.servers->look("local")->why.find("signal 9") != std::string::npos);
  REQUIRE(world.enter("local").has_value());
  CHECK(world.servers->look("local")->restarts == 1);
  CHECK(world.servers->look("local")->pid != first);
  CHECK(world.ask("local") == 200);
  CHECK(world.noted(LoadNote::Phase::restarting));
}

TEST_CASE("a server that keeps crashing ends in an error with the end of its log") {
  World world;
  REQUIRE(world.make({{"local", world.tiny({"--crash-lives", "99", "--starts", "starts"})}})
              .has_value());
  const Result<Permit> permit = world.enter("local");
  REQUIRE_FALSE(permit.has_value());
  INFO(permit.error().detail);
  CHECK(permit.error().code == Errc::unavailable);
  CHECK(permit.error().detail.find("5 times in a row") != std::string::npos);
  CHECK(permit.error().detail.find("it exited with status 7") != std::string::npos);
  CHECK(permit.error().detail.find("the model file is not there") != std::string::npos);
  CHECK(permit.error().detail.find("logs/local.log") != std::string::npos);
  CHECK(world.folder.read("starts") == ".....");
  CHECK_FALSE(world.enter("local").has_value());
  CHECK(world.folder.read("starts") == ".....");
}

TEST_CASE("a server that is well in its third life is reached by the first request") {
  World world;
  REQUIRE(world.make({{"local", world.tiny({"--crash-lives", "2", "--starts", "starts"})}})
              .has_value());
  REQUIRE(world.enter("local").has_value());
  CHECK(world.servers->look("local")->restarts == 2);
}

TEST_CASE("a request does not wait for a server beyond its deadline") {
  World world;
  REQUIRE(world.make({{"local", world.tiny({"--load-probes", "1000000"})}}).has_value());
  const Result<Permit> permit = world.enter("local", 50ms);
  REQUIRE_FALSE(permit.has_value());
  CHECK(permit.error().code == Errc::timed_out);
  CHECK(permit.error().detail == "the local server 'local' was still loading at the deadline");
}

TEST_CASE("a program that is not there fails the first request with its name") {
  World world;
  LocalBackend backend = world.tiny();
  backend.settings.launch->command[0] = "no-such-llama-server";
  REQUIRE(world.make({{"local", backend}}).has_value());
  const Result<Permit> permit = world.enter("local");
  REQUIRE_FALSE(permit.has_value());
  CHECK(permit.error().detail.find("no-such-llama-server") != std::string::npos);
}

TEST_CASE("a launch without {port} does not take over a server that is there already") {
  World world;
  const asio::ip::tcp::acceptor there(world.io, {asio::ip::address_v4::loopback(), 0});
  const std::string port = std::to_string(there.local_endpoint().port());
  LocalBackend late = world.tiny();
  late.settings.launch->command[2] = port;
  late.base_url = "http://127.0.0.1:" + port + "/v1";
  REQUIRE(world.make({{"late", late}}).has_value());
  const Result<Permit> permit = world.enter("late");
  REQUIRE_FALSE(permit.has_value());
  INFO(permit.error().detail);
  CHECK(permit.error().detail.find("listens on port") != std::string::npos);
  CHECK(permit.error().detail.find("{port}") != std::string::npos);
}

TEST_CASE("two servers that do not fit together are loaded in turn") {
  World world;
  LocalBackend one = world.tiny();
  one.settings.memory_bytes = std::int64_t{6} << 30;
  LocalLimits limits;
  limits.memory_bytes = std::int64_t{8} << 30;
  REQUIRE(world.make({{"a", one}, {"b", one}}, limits).has_value());
  for (const char* name : {"a", "b", "a"}) {
    REQUIRE(world.enter(name).has_value());
    const std::string other = std::string(name) == "a" ? "b" : "a";
    CHECK(world.servers->look(other)->state == "not running");
    CHECK(world.servers->look(name)->state == "ready");
  }
}

TEST_CASE("an idle server is unloaded after the time that was set, and started when wanted") {
  World world;
  LocalBackend one = world.tiny();
  one.settings.idle_unload = 50ms;
  REQUIRE(world.make({{"local", one}}).has_value());
  REQUIRE(world.enter("local").has_value());
  run_until(world.io, [&] { return world.servers->look("local")->state == "not running"; });
  CHECK(world.servers->look("local")->pid == 0);
  REQUIRE(world.enter("local").has_value());
}

TEST_CASE("a request that is cancelled while it waits gives its place up") {
  World world;
  LocalBackend one = world.tiny();
  one.settings.slots = 1;
  REQUIRE(world.make({{"local", one}}).has_value());
  {
    const Result<Permit> held = world.enter("local");
    REQUIRE(held.has_value());
    CHECK_FALSE(world.enter("local", 20ms).has_value());
    CHECK(world.servers->look("local")->waiting == 0);
    CHECK(world.servers->look("local")->busy == 1);
  }
  CHECK(world.servers->look("local")->busy == 0);
  CHECK(world.enter("local").has_value());
}

TEST_CASE("settings that cannot be kept are refused by name") {
  World world;
  LocalLimits limits;
  limits.memory_bytes = std::int64_t{8} << 30;
  const auto refused = [&](LocalBackend backend) {
    const Result<void> made = world.make({{"big", std::move(backend)}}, limits);
    REQUIRE_FALSE(made.has_value());
    return made.error().detail;
  };
  CHECK(refused(world.tiny()).starts_with("backends.big.memory: it is missing"));
  LocalBackend big = world.tiny();
  big.settings.memory_bytes = std::int64_t{48} << 30;
  CHECK(refused(big).starts_with("backends.big.memory: 48.0 GiB is more than the 8.0 GiB"));
  LocalBackend foreign;
  foreign.preset = "vllm";
  foreign.settings.idle_unload = 5s;
  CHECK(refused(foreign).starts_with("backends.big.idle_unload: only a server with 'launch'"));
  LocalBackend elsewhere = world.tiny();
  elsewhere.base_url = "http://127.0.0.1:9000/v1";
  elsewhere.settings.memory_bytes = 1;
  CHECK(refused(elsewhere).starts_with("backends.big.base_url: 'launch' is given a free {port}"));
}

}  // namespace yoke
