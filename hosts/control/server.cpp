#include "hosts/control/server.h"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <optional>

#include "hosts/config/socket_path.h"
#include "hosts/control/key_orders.h"
#include "hosts/control/order.h"
#include "hosts/control/segment.h"
#include "runtime/base/text.h"
#include "runtime/http/server.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kPatience{2};  // with requests under way while the process leaves

HttpReply json_reply(int status, const Json& body, const char* type = "application/json") {
  HttpReply reply;
  reply.status = status;
  reply.headers.add("Content-Type", type);
  reply.body = to_text(body);
  return reply;
}

// RFC 9457.
HttpReply problem(int status, const std::string& title, const std::string& detail) {
  return json_reply(status, Json{{"title", title}, {"status", status}, {"detail", detail}},
                    "application/problem+json");
}

HttpReply problem_of(const Error& error) {
  switch (error.code) {
    case Errc::not_found:
      return problem(404, "not found", error.message());
    case Errc::conflict:
      return problem(409, "conflict", error.message());
    case Errc::invalid:
      return problem(422, "invalid", error.message());
    default:
      return problem(500, "failed", error.message());
  }
}

HttpReply posted_reply(const Result<Posted>& posted) {
  if (!posted) return problem_of(posted.error());
  if (!posted->first) {
    return problem(
        409, "conflict",
        "already done, by " + posted->winner.by + " at " + to_iso8601(posted->winner.at));
  }
  return json_reply(200, Json{{"ok", true}});
}

HttpReply nothing_there(const HttpRequest& request) {
  return problem(404, "not found", "there is no " + request.method + " " + request.url);
}

// What driving a run came to.
struct Driven {
  std::optional<Result<RunEnd>> end;  // none: it was stopped before it began, or failed
  std::exception_ptr failure;

  bool is_stopped() const {
    if (failure) return is_cancellation(failure);
    return !end || (*end && (*end)->kind == RunEnd::Kind::stopped);
  }

  // Why the run does not go on although nobody stopped it; empty when all is well.
  std::string why() const {
    if (end && !*end) return end->error().message();
    if (end && (*end)->kind == RunEnd::Kind::fenced) {
      return "another process may drive it now" + ((*end)->why.empty() ? "" : ": " + (*end)->why);
    }
    if (!failure) return {};
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& fault) {
      return fault.what();
    }
  }
};

}  // namespace

struct ControlServer::Parts {
  Parts(App& app_, Terminal& terminal_)
      : app(app_),
        terminal(terminal_),
        server(app.executor(), [this](HttpRequest request) { return handle(std::move(request)); }),
        runs(app.executor()) {}

  awaitable<HttpReply> handle(HttpRequest request);
  awaitable<HttpReply> answer(std::string typed, Json body);
  awaitable<HttpReply> cancel(std::string typed, Json body);
  awaitable<HttpReply> start(Json body);
  awaitable<HttpReply> keys(HttpRequest request, Json body);
  void wake(const std::string& run_id);
  void begin(const std::string& run_id);
  awaitable<void> drive(std::string run_id);
  void tell_end(const std::string& run_id, const Driven& driven);
  awaitable<void> heed_signals();
  awaitable<void> leave();
  void stop();

  App& app;
  Terminal& terminal;
  std::set<std::string> driven;  // the runs of `runs`
  bool stopping = false;
  HttpServer server;
  TaskGroup runs;  // last: it uses what is above
};

awaitable<HttpReply> ControlServer::Parts::handle(HttpRequest request) {
  const std::vector<std::string> path = split(request.url, '/');  // "", "v1", "runs", ID, VERB
  if (request.url == "/healthz") co_return json_reply(200, Json{{"ok", true}});
  const bool under_v1 = path.size() >= 3 && path[1] == "v1";
  const bool under_runs = under_v1 && path[2] == "runs";
  const bool under_keys = under_v1 && path[2] == "keys";
  if ((!under_runs && !under_keys) || request.method != "POST") co_return nothing_there(request);
  Result<Json> body = parse_json(request.body);
  if (!body) co_return problem(422, "invalid", "the body: " + body.error().message());
  Json value = std::move(*body);
  if (under_keys) co_return co_await keys(std::move(request), std::move(value));
  if (path.size() == 3) co_return co_await start(std::move(value));
  Result<std::string> typed = from_segment(path[3]);
  if (!typed) co_return problem_of(typed.error());
  if (path.size() == 5 && path[4] == "answers") {
    co_return co_await answer(std::move(*typed), std::move(value));
  }
  if (path.size() == 5 && path[4] == "cancel") {
    co_return co_await cancel(std::move(*typed), std::move(value));
  }
  co_return nothing_there(request);
}

awaitable<HttpReply> ControlServer::Parts::answer(std::string typed, Json body) {
  Result<std::string> id = co_await find_run(app.store(), std::move(typed));
  if (!id) co_return problem_of(id.error());
  Json value = member_at(body, "value");
  std::string question = string_at(body, "question");
  std::string by = string_at(body, "by", "local");
  const Result<Posted> posted =
      co_await app.engine().answer(*id, std::move(question), std::move(value), std::move(by));
  if (posted && posted->first) wake(*id);
  co_return posted_reply(posted);
}

awaitable<HttpReply> ControlServer::Parts::cancel(std::string typed, Json body) {
  Result<std::string> id = co_await find_run(app.store(), std::move(typed));
  if (!id) co_return problem_of(id.error());
  std::string by = string_at(body, "by", "local");
  const Result<Posted> posted = co_await app.engine().cancel(*id, std::move(by));
  if (posted) wake(*id);
  co_return posted_reply(posted);
}

awaitable<HttpReply> ControlServer::Parts::start(Json body) {
  if (stopping) co_return problem(503, "unavailable", "the running yoke is being stopped");
  const Result<void> known = check_order(body, app.config());
  if (!known) co_return problem_of(known.error());
  if (bool_at(body, "continue")) {
    Result<std::string> session = co_await app.last_session();
    if (!session) co_return problem_of(session.error());
    body["session"] = std::move(*session);
  }
  Result<StartRun> run = run_of(app, body);
  if (!run) co_return problem_of(run.error());
  const Result<Created> created = co_await app.engine().create(std::move(*run));
  if (!created) co_return problem_of(created.error());
  begin(created->claim.run_id);
  co_return json_reply(201, Json{{"run", created->claim.run_id}});
}

awaitable<HttpReply> ControlServer::Parts::keys(HttpRequest request, Json body) {
  const std::vector<std::string> path = split(request.url, '/');  // "", "v1", "keys", NAME, VERB
  if (path.size() == 3) {
    const Result<Json> made = co_await make_key_as_ordered(app.keys(), app.wall(), std::move(body));
    if (!made) co_return problem_of(made.error());
    co_return json_reply(201, *made);
  }
  if (path.size() != 5 || path[4] != "revoke") co_return nothing_there(request);
  Result<std::string> named = from_segment(path[3]);
  if (!named) co_return problem_of(named.error());
  std::string by = string_at(body, "by", "local");
  const Result<Json> revoked =
      co_await revoke_key(app.keys(), app.wall(), std::move(*named), std::move(by));
  if (!revoked) co_return problem_of(revoked.error());
  co_return json_reply(200, *revoked);
}

// There is a message for the run. Whoever drives it takes it, and so does a person's prompt that
// waits for it; a run that nobody holds is driven on here.
void ControlServer::Parts::wake(const std::string& run_id) {
  const bool held = app.engine().is_driving(run_id) || app.attended().contains(run_id);
  if (!held) begin(run_id);
}

void ControlServer::Parts::begin(const std::string& run_id) {
  if (driven.contains(run_id)) return;
  if (stopping) return tell_end(run_id, Driven{});
  driven.insert(run_id);
  runs.spawn(drive(run_id));
}

// A fault ends the driving of this run and of no other.
awaitable<void> ControlServer::Parts::drive(std::string run_id) {
  Driven ended;
  try {
    ended.end = co_await app.engine().drive(run_id);
  } catch (...) {
    ended.failure = std::current_exception();
  }
  driven.erase(run_id);
  tell_end(run_id, ended);
}

// How a run ended is in its journal; what the journal does not hold is told here.
void ControlServer::Parts::tell_end(const std::string& run_id, const Driven& ended) {
  const std::string resume = "; go on with: yoke runs resume " + run_id;
  if (ended.is_stopped()) {
    terminal.line("stopped run " + run_id + resume);
  } else if (const std::string why = ended.why(); !why.empty()) {
    terminal.line("yoke: run " + run_id + ": " + printable(why) + resume);
  }
}

awaitable<void> ControlServer::Parts::heed_signals() {
  const auto executor = co_await asio::this_coro::executor;
  asio::signal_set signals(executor, SIGINT, SIGTERM);
  co_await signals.async_wait(asio::use_awaitable);
  stop();
}

void ControlServer::Parts::stop() {
  stopping = true;
  runs.cancel();
}

awaitable<void> ControlServer::Parts::leave() {
  TaskGroup watching(app.executor());
  watching.spawn(heed_signals());
  if (!driven.empty() && !stopping) {
    const std::vector<std::string> ids(driven.begin(), driven.end());
    terminal.line("driving what was handed over to its end: " + join(ids, ", ") +
                  " (Ctrl+C leaves it for 'yoke runs resume')");
  }
  co_await runs.join();
  const Deadline patience = LoopClock::now() + kPatience;
  co_await server.stop(patience);
  co_await runs.join();  // what the last request began
  watching.cancel();
  co_await watching.join();
}

ControlServer::ControlServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ControlServer::~ControlServer() = default;

std::unique_ptr<ControlServer> ControlServer::open(App& app, Terminal& terminal) {
  const std::string path = control_socket_of(app.config());
  if (path.empty()) return nullptr;
  auto parts = std::make_unique<Parts>(app, terminal);
  const Result<void> listening = parts->server.listen_unix(path);
  if (!listening) return nullptr;
  return std::make_unique<ControlServer>(std::move(parts));
}

awaitable<void> ControlServer::leave() { co_await parts_->leave(); }

void ControlServer::stop() { parts_->stop(); }

}  // namespace yoke
