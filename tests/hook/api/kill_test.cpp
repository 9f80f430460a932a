#include <signal.h>

#include <catch2/catch.hpp>
#include <set>

#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/task_group.h"
#include "tests/hook/hook_world.h"

// The process is killed under load. Whoever was told that a run was accepted finds it, sees every
// event of it once, and sees it end.
namespace yoke::testing {
namespace {

constexpr int kClients = 8;
constexpr int kRunsEach = 6;
constexpr std::chrono::milliseconds kPause{20};  // before a client comes again

// `yoke serve` on a socket file, as often as it is killed.
class Served {
 public:
  Served() : project_(YOKE_PROGRAM) {
    write_hook_project(project_);
    start();
  }

  std::string socket() const { return project_.file("serve.sock"); }
  const TempProject& project() const { return project_; }

  void kill_and_start() {
    process_->signal(SIGKILL);
    CHECK(process_->wait().status == -SIGKILL);
    start();
  }

  void end() {
    process_->signal(SIGTERM);
    CHECK(process_->wait().status == 0);
  }

 private:
  void start() {
    process_ = std::make_unique<Process>(
        YOKE_PROGRAM, project_.options(Args{"serve", "--listen", "unix:serve.sock"}));
    process_->wait_for_err("ready on ");
  }

  TempProject project_;
  std::unique_ptr<Process> process_;
};

// What one client learnt of one run.
struct Followed {
  std::string run;
  std::vector<std::string> ids;  // of its events, in the order they came
  std::string last_kind;
  std::string last_id;  // of all that came, live pieces too
};

class Load {
 public:
  explicit Load(std::string socket) : socket_(std::move(socket)) {}

  std::vector<Followed> runs;
  std::size_t ended = 0;
  int breaks = 0;  // connections that were lost

  awaitable<void> all() {
    const auto executor = co_await asio::this_coro::executor;
    TaskGroup group(executor);
    for (int client = 0; client < kClients; ++client) group.spawn(one_client(client));
    co_await group.join();
  }

 private:
  HttpRequest request(const std::string& method, const std::string& target) const {
    HttpRequest request;
    request.method = method;
    request.url = "http://localhost" + target;
    request.unix_socket = socket_;
    return request;
  }

  awaitable<void> pause() {
    ++breaks;
    const Deadline until = LoopClock::now() + kPause;
    co_await sleep_until(until);
  }

  awaitable<void> one_client(int client) {
    const auto executor = co_await asio::this_coro::executor;
    HttpClient http(executor);
    for (int n = 0; n < kRunsEach; ++n) {
      Followed followed;
      std::string key = "c" + std::to_string(client) + "-" + std::to_string(n);
      followed.run = co_await started(http, std::move(key));
      while (!is_end(followed.last_kind)) co_await follow(http, followed);
      runs.push_back(std::move(followed));
      ++ended;
    }
  }

  // Until it is accepted: the key sees to it that it is accepted once.
  awaitable<std::string> started(HttpClient& http, std::string key) {
    while (true) {
      HttpRequest order = request("POST", "/v1/runs");
      order.headers.set("Content-Type", "application/json");
      order.headers.set("Idempotency-Key", key);
      order.body = to_text(Json{{"agent", "helper"}, {"task", "count " + key}});
      const Deadline until = LoopClock::now() + Process::kPatience;
      const HttpOutcome outcome = co_await http.send(std::move(order), until);
      const auto* response = std::get_if<HttpResponse>(&outcome);
      if (response != nullptr && response->status == 201) {
        co_return string_at(json_of(*response), "run");
      }
      co_await pause();
    }
  }

  static bool is_end(const std::string& kind) {
    return kind == "run.completed" || kind == "run.failed" || kind == "run.cancelled";
  }

  awaitable<void> follow(HttpClient& http, Followed& followed) {
    HttpRequest look = request("GET", "/v1/runs/" + followed.run + "/events");
    look.headers.set("Accept", "text/event-stream");
    if (!followed.last_id.empty()) look.headers.set("Last-Event-ID", followed.last_id);
    SseParser parser;
    HttpSinks sinks;
    sinks.on_data = [&](std::string_view bytes) {
      std::vector<SseEvent> events;
      const bool fine = parser.feed(bytes, events).has_value();
      for (const SseEvent& event : events) take(event, followed);
      return fine;
    };
    const Deadline until = LoopClock::now() + Process::kPatience;
    const HttpOutcome outcome = co_await http.send(std::move(look), until, std::move(sinks));
    static_cast<void>(outcome);
    if (!is_end(followed.last_kind)) co_await pause();
  }

  static void take(const SseEvent& event, Followed& followed) {
    followed.last_id = event.id;
    const bool journaled = event.id.find(':') == std::string::npos && event.event != "reset";
    if (!journaled) return;
    followed.ids.push_back(event.id);
    followed.last_kind = event.event;
  }

  const std::string socket_;
};

std::vector<std::string> texts_to(std::size_t last) {
  std::vector<std::string> numbers;
  for (std::size_t n = 1; n <= last; ++n) numbers.push_back(std::to_string(n));
  return numbers;
}

}  // namespace

TEST_CASE("clients of a process that is killed under load miss nothing and see nothing twice") {
  Served served;
  asio::io_context io{1};
  Load load(served.socket());
  Started<void> all;
  all.on(io, load.all());
  for (const std::size_t ended : {5U, 15U, 30U}) {
    run_until(io, [&] { return load.ended >= ended || all.ended(); });
    served.kill_and_start();
  }
  run_until(io, [&] { return all.ended(); });
  if (all.failure()) std::rethrow_exception(all.failure());
  CHECK(load.breaks > 0);
  std::set<std::string> accepted;
  for (const Followed& followed : load.runs) {
    INFO(followed.run);
    accepted.insert(followed.run);
    CHECK(followed.last_kind == "run.completed");
    CHECK(followed.ids == texts_to(followed.ids.size()));
    CHECK(served.project().events(followed.run).size() == followed.ids.size());
  }
  CHECK(accepted.size() == kClients * kRunsEach);
  const Ended listed = served.project().yoke(Args{"runs", "list", "--json", "--limit", "1000"});
  CHECK(json_lines(listed.out).size() == accepted.size());
  served.end();
  const Ended verified = served.project().yoke(Args{"runs", "verify"});
  INFO(verified.out << verified.err);
  CHECK(verified.status == 0);
}

}  // namespace yoke::testing
