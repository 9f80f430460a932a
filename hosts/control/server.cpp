#include "hosts/control/server.h"

#include "hosts/app/open_store.h"
#include "runtime/base/text.h"
#include "runtime/http/server.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

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

}  // namespace

struct ControlServer::Parts {
  Parts(asio::any_io_executor executor, Engine& engine_, Store& store_, Project& project_)
      : engine(engine_),
        store(store_),
        project(project_),
        server(executor, [this](HttpRequest request) { return handle(std::move(request)); }),
        runs(executor) {}

  awaitable<HttpReply> handle(HttpRequest request);
  awaitable<HttpReply> answer(std::string typed, Json body);
  awaitable<HttpReply> cancel(std::string typed, Json body);
  awaitable<HttpReply> start(Json body);
  awaitable<void> drive(std::string run_id);

  Engine& engine;
  Store& store;
  Project& project;
  HttpServer server;
  TaskGroup runs;  // last: those handed over
};

awaitable<HttpReply> ControlServer::Parts::handle(HttpRequest request) {
  const std::vector<std::string> path = split(request.url, '/');  // "", "v1", "runs", ID, VERB
  if (request.url == "/healthz") co_return json_reply(200, Json{{"ok", true}});
  const bool under_runs = path.size() >= 3 && path[1] == "v1" && path[2] == "runs";
  if (!under_runs || request.method != "POST") {
    co_return problem(404, "not found", "there is no " + request.method + " " + request.url);
  }
  Result<Json> body = parse_json(request.body);
  if (!body) co_return problem(422, "invalid", "the body: " + body.error().message());
  Json value = std::move(*body);
  if (path.size() == 3) co_return co_await start(std::move(value));
  std::string typed = path[3];
  if (path.size() == 5 && path[4] == "answers") {
    co_return co_await answer(std::move(typed), std::move(value));
  }
  if (path.size() == 5 && path[4] == "cancel") {
    co_return co_await cancel(std::move(typed), std::move(value));
  }
  co_return problem(404, "not found", "there is no " + request.method + " " + request.url);
}

awaitable<HttpReply> ControlServer::Parts::answer(std::string typed, Json body) {
  Result<std::string> id = co_await find_run(store, std::move(typed));
  if (!id) co_return problem_of(id.error());
  Json value = member_at(body, "value");
  std::string question = string_at(body, "question");
  std::string by = string_at(body, "by", "local");
  const Result<Posted> posted =
      co_await engine.answer(*id, std::move(question), std::move(value), std::move(by));
  co_return posted_reply(posted);
}

awaitable<HttpReply> ControlServer::Parts::cancel(std::string typed, Json body) {
  Result<std::string> id = co_await find_run(store, std::move(typed));
  if (!id) co_return problem_of(id.error());
  std::string by = string_at(body, "by", "local");
  const Result<Posted> posted = co_await engine.cancel(*id, std::move(by));
  if (posted && !engine.is_driving(*id)) runs.spawn(drive(*id));  // takes the message and ends it
  co_return posted_reply(posted);
}

awaitable<HttpReply> ControlServer::Parts::start(Json body) {
  Result<Program> program = project.program(string_at(body, "agent"));
  if (!program) co_return problem_of(program.error());
  StartRun run;
  run.program = std::move(*program);
  run.task = string_at(body, "task");
  run.session = string_at(body, "session");
  run.model = string_at(body, "model");
  run.by = string_at(body, "by", "local");
  if (run.task.empty()) co_return problem(422, "invalid", "'task' is missing");
  const Result<Created> created = co_await engine.create(std::move(run));
  if (!created) co_return problem_of(created.error());
  runs.spawn(drive(created->claim.run_id));
  co_return json_reply(201, Json{{"run", created->claim.run_id}});
}

awaitable<void> ControlServer::Parts::drive(std::string run_id) {
  const Result<RunEnd> end = co_await engine.drive(std::move(run_id));
  static_cast<void>(end);  // how it ended is in its journal
}

ControlServer::ControlServer(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

ControlServer::~ControlServer() = default;

std::unique_ptr<ControlServer> ControlServer::open(asio::any_io_executor executor, Engine& engine,
                                                   Store& store, Project& project,
                                                   const std::string& path) {
  if (path.empty()) return nullptr;
  auto parts = std::make_unique<Parts>(std::move(executor), engine, store, project);
  const Result<void> listening = parts->server.listen_unix(path);
  if (!listening) return nullptr;
  return std::make_unique<ControlServer>(std::move(parts));
}

awaitable<void> ControlServer::finish() { co_await parts_->runs.join(); }

}  // namespace yoke
