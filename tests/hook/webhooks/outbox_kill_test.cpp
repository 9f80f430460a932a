#include <signal.h>

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "runtime/http/client.h"
#include "runtime/loop/deadline.h"
#include "tests/hook/hook_world.h"
#include "tests/hook/webhooks/receiver.h"

// The process is killed after it has sent a webhook and before it knows what came of it. Everybody
// is told all the same, and what is told twice says so by its id.
namespace yoke::testing {
namespace {

constexpr int kRuns = 12;
constexpr const char* kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr const char* kOutboxConfig = R"toml([webhooks.runs]
for_runs = true
secret = "file:out.key"
allow_private = true
)toml";

// `yoke serve` on a socket file, and who is told by it. The receiver kills the process at some of
// the webhooks, before it answers them.
class Scene {
 public:
  Scene() {
    write_hook_project(project_, kOutboxConfig);
    project_.write("out.key", kSecret);
    receiver.open();
    receiver.on_taken = [this](const Receiver::Taken&) {
      if (!kill_at.contains(receiver.taken.size())) return;
      kill();
      start();
    };
    start();
  }

  // Until it is accepted: the key sees to it that it is accepted once.
  std::string run(const std::string& key) {
    HttpRequest order = request("POST", "/v1/runs");
    order.headers.set("Content-Type", "application/json");
    order.headers.set("Idempotency-Key", key);
    Json body{{"agent", "helper"}, {"task", "count " + key}};
    body["webhook"] = Json{{"url", receiver.url()}, {"events", {"run.started", "run.completed"}}};
    order.body = to_text(body);
    for (int i = 0; i < 10; ++i) {
      const HttpOutcome outcome = yoke::run(io, client_.send(order, patience()));
      const auto* response = std::get_if<HttpResponse>(&outcome);
      if (response != nullptr && response->status == 201) {
        return string_at(json_of(*response), "run");
      }
    }
    throw Fault("the run was not accepted");
  }

  Json deliveries(const std::string& query) {
    const HttpOutcome outcome =
        yoke::run(io, client_.send(request("GET", "/v1/webhooks/deliveries" + query), patience()));
    return json_of(std::get<HttpResponse>(outcome))["deliveries"];
  }

  void end() {
    process_->signal(SIGTERM);
    CHECK(process_->wait().status == 0);
  }

  asio::io_context io{1};
  const HeldPort port;
  Receiver receiver{io.get_executor(), port};
  std::set<std::size_t> kill_at;  // numbers of webhooks that came

 private:
  static Deadline patience() { return LoopClock::now() + Process::kPatience; }

  HttpRequest request(const std::string& method, const std::string& target) const {
    HttpRequest request;
    request.method = method;
    request.url = "http://localhost" + target;
    request.unix_socket = project_.file("serve.sock");
    return request;
  }
  void kill() {
    process_->signal(SIGKILL);
    CHECK(process_->wait().status == -SIGKILL);
  }
  void start() {
    process_ = std::make_unique<Process>(
        YOKE_PROGRAM, project_.options(Args{"serve", "--listen", "unix:serve.sock"}));
    process_->wait_for_err("ready on ");
  }

  TempProject project_{YOKE_PROGRAM};
  HttpClient client_{io.get_executor()};
  std::unique_ptr<Process> process_;
};

}  // namespace

TEST_CASE(
    "a process that is killed while it sends loses no webhook, and repeats none under another id") {
  Scene scene;
  scene.kill_at = {1, 6, 13};
  std::set<std::string> runs;
  for (int n = 0; n < kRuns; ++n) runs.insert(scene.run("key-" + std::to_string(n)));
  CHECK(runs.size() == kRuns);
  run_until(scene.io, [&] {
    std::set<std::string> told;
    for (const Receiver::Taken& each : scene.receiver.taken) {
      if (each.type() == "run.completed") told.insert(each.run());
    }
    return told.size() == runs.size();
  });
  run_until(scene.io, [&] { return scene.deliveries("?state=unsent").empty(); });
  std::map<std::string, std::string> bodies;            // by id
  std::map<std::string, std::vector<std::string>> ids;  // by run, each once
  for (const Receiver::Taken& each : scene.receiver.taken) {
    CHECK(each.signed_by(kSecret, SystemWallClock().now()));
    const auto [known, first] = bodies.emplace(each.id, each.body);
    CHECK(known->second == each.body);
    if (first) ids[each.run()].push_back(each.type());
  }
  CHECK(scene.receiver.taken.size() >= 2 * kRuns + scene.kill_at.size());
  CHECK(ids.size() == kRuns);
  for (const std::string& run : runs) {
    CHECK(ids[run] == std::vector<std::string>{"run.started", "run.completed"});
  }
  CHECK(scene.deliveries("?state=sent&limit=200").size() == 2 * kRuns);
  scene.end();
}

}  // namespace yoke::testing
