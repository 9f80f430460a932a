#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "hosts/app/memory_settings.h"
#include "runtime/base/text.h"
#include "runtime/schema/schema.h"
#include "tests/hook/api/contract.h"

// /openapi.json is what the server does, and the server does what /openapi.json says.
namespace yoke::testing {
namespace {

Json description_of(ApiWorld& world) { return json_of(world.ask("GET", "/openapi.json")); }

// What comes back for these bytes, until the other side closes.
awaitable<std::string> sent_raw(std::uint16_t port, std::string bytes) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::socket socket(executor);
  const asio::ip::tcp::endpoint place(asio::ip::address_v4::loopback(), port);
  co_await socket.async_connect(place, asio::use_awaitable);
  co_await asio::async_write(socket, asio::buffer(bytes), asio::use_awaitable);
  std::string got;
  boost::system::error_code ended;
  auto token = asio::redirect_error(asio::use_awaitable, ended);
  while (!ended) {
    std::array<char, 4096> piece{};
    const std::size_t read = co_await socket.async_read_some(asio::buffer(piece), token);
    got.append(piece.data(), read);
  }
  co_return got;
}

// Asks, and holds the answers to the description.
class Walk {
 public:
  explicit Walk(ApiWorld& world) : world_(world), contract(description_of(world)) {}

  const Contract::Operation& find(const std::string& name) const {
    for (const Contract::Operation& operation : contract.operations()) {
      if (operation.name() == name) return operation;
    }
    throw Fault("no operation " + name);
  }

  // `name` is "GET /v1/runs/{id}", `target` what is asked for.
  HttpResponse ask(const std::string& name, const std::string& target, const Json& body = nullptr,
                   HttpHeaders headers = {}) {
    HttpRequest request;
    request.method = split(name, ' ')[0];
    request.url = world_.url(target);
    request.headers = std::move(headers);
    if (!body.is_null()) {
      if (!request.headers.has("Content-Type")) {
        request.headers.set("Content-Type", "application/json");
      }
      request.body = body.is_string() ? body.get<std::string>() : to_text(body);
    }
    HttpResponse response = world_.ask(std::move(request));
    const std::string type(response.headers.get("Content-Type"));
    CHECK(contract.breach(find(name), response.status, type, response.body) == "");
    return response;
  }

  // Announces a body that is larger than any may be; the status.
  int ask_too_much(const std::string& name, const std::string& target) {
    const std::string text =
        run(world_.loop.io,
            sent_raw(world_.port(), split(name, ' ')[0] + " " + target +
                                        " HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                                        "application/json\r\nContent-Length: 99999999\r\n\r\n"));
    const int status = std::stoi(text.substr(9, 3));
    const std::string body = text.substr(text.find("\r\n\r\n") + 4);
    CHECK(contract.breach(find(name), status, "application/problem+json", body) == "");
    return status;
  }

 private:
  ApiWorld& world_;

 public:
  Contract contract;
};

std::string target_of(const Contract::Operation& operation, const std::string& id) {
  std::string target = operation.path;
  if (operation.name() == "DELETE /v1/memory") return target + "?key=" + id;
  const std::size_t at = target.find("{id}");
  return at == std::string::npos ? target : target.replace(at, 4, id);
}

// A body that the operation takes.
Json body_for(const std::string& name) {
  if (name == "POST /v1/runs") return {{"agent", "helper"}, {"task", "say x"}};
  if (name.ends_with("/messages")) return {{"agent", "helper"}, {"task", "say x"}};
  if (name.ends_with("/answers")) return {{"question", "q"}, {"value", "yes"}};
  if (name.ends_with("/signals")) return {{"name", "paid"}};
  if (name.ends_with("/fork")) return {{"at", 1}};
  return Json::object();
}

// What every operation of its kind refuses.
void walk_refusals(ApiWorld& world, Walk& walk, const std::string& id) {
  for (const Contract::Operation& operation : walk.contract.operations()) {
    const std::string name = operation.name();
    const std::string target = target_of(operation, id);
    const bool takes_body = operation.json.contains("requestBody");
    const Json body = takes_body ? body_for(name) : Json(nullptr);
    const Json& responses = operation.json["responses"];
    if (!operation.json["security"].empty()) {
      for (const int status : {401, 403, 429}) {
        world.gate.refusal = Refusal{status, "refused", "by the test"};
        CHECK(walk.ask(name, target, body).status == status);
      }
      world.gate.refusal.reset();
    }
    for (const int status : {500, 503}) {
      world.gate.site_refusal = Refusal{status, "refused", "by the test"};
      CHECK(walk.ask(name, target, body).status == status);
    }
    world.gate.site_refusal.reset();
    if (takes_body) {
      CHECK(walk.ask_too_much(name, target) == 413);
      CHECK(walk.ask(name, target, "{").status == 400);
      HttpHeaders text;
      text.set("Content-Type", "text/plain");
      CHECK(walk.ask(name, target, "{}", text).status == 415);
      CHECK(walk.ask(name, target, Json{{"no such field", 1}}).status == 422);
    } else if (operation.path != "/openapi.json") {
      const char* joined = target.find('?') == std::string::npos ? "?" : "&";
      CHECK(walk.ask(name, target + joined + "no-such-name=1").status == 422);
    }
    if (responses.contains("404")) {
      CHECK(walk.ask(name, target_of(operation, "01ARZ3NDEKTSV4RRFFQ69G5FAV"), body).status == 404);
    }
  }
}

void walk_runs(ApiWorld& world, Walk& walk) {
  const Json say{{"agent", "helper"}, {"task", "say x"}, {"session", "talk"}};
  HttpHeaders stream;
  stream.set("Accept", "text/event-stream");
  HttpHeaders page;
  page.set("Accept", "application/json");
  const HttpResponse made = walk.ask("POST /v1/runs", "/v1/runs?wait=30s", say);
  CHECK(made.status == 201);
  const std::string id = string_at(json_of(made), "run");
  CHECK(walk.ask("POST /v1/runs", "/v1/runs?wait=0s", body_for("POST /v1/runs")).status == 202);
  CHECK(walk.ask("POST /v1/runs", "/v1/runs", body_for("POST /v1/runs"), stream).status == 200);
  walk.ask("GET /v1/runs", "/v1/runs?limit=1");
  walk.ask("GET /v1/runs/{id}", "/v1/runs/" + id);
  walk.ask("GET /v1/runs/{id}/events", "/v1/runs/" + id + "/events");
  walk.ask("GET /v1/runs/{id}/events", "/v1/runs/" + id + "/events?limit=1", nullptr, page);
  const std::string ended = "/v1/runs/" + id;
  const std::string last = std::to_string(json_of(world.events_of(id))["events"].size());
  CHECK(walk.ask("GET /v1/runs/{id}/events", ended + "/events?after=" + last).status == 204);
  walk.ask("POST /v1/runs/{id}/cancel", ended + "/cancel", Json::object());
  walk.ask("POST /v1/runs/{id}/resume", ended + "/resume");
  CHECK(walk.ask("POST /v1/runs/{id}/fork", ended + "/fork", Json{{"at", 1}}).status == 201);
  CHECK(walk.ask("POST /v1/runs/{id}/fork", ended + "/fork?wait=0s", Json{{"at", 1}}).status ==
        202);
  const std::string failed = world.started_and_ended("fail");
  walk.ask("GET /v1/runs/{id}", "/v1/runs/" + failed);
}

void walk_questions(ApiWorld& world, Walk& walk) {
  const std::string id = world.start("open");
  const Json waiting = world.until_waiting(id);
  const std::string target = "/v1/runs/" + id;
  walk.ask("GET /v1/runs/{id}", target);
  CHECK(walk.ask("POST /v1/runs/{id}/resume", target + "/resume").status == 202);
  CHECK(walk.ask("POST /v1/runs/{id}/resume", target + "/resume?wait=30s").status == 200);
  const std::string signals = "POST /v1/runs/{id}/signals";
  CHECK(walk.ask(signals, target + "/signals", body_for(signals)).status == 202);
  const Json answer{{"question", waiting["questions"][0]["question"]}, {"value", "no"}};
  const std::string answers = "POST /v1/runs/{id}/answers";
  CHECK(walk.ask(answers, target + "/answers", answer).status == 200);
  CHECK(walk.ask(answers, target + "/answers", answer).status == 409);
  world.ended(id);
  CHECK(walk.ask(signals, target + "/signals", body_for(signals)).status == 409);
  for (const char* query : {"?wait=30s", ""}) {
    const std::string other = world.start("open");
    world.until_waiting(other);
    const int status =
        walk.ask("POST /v1/runs/{id}/cancel", "/v1/runs/" + other + "/cancel" + query).status;
    CHECK(status == (*query == 0 ? 202 : 200));
  }
}

void walk_sessions(ApiWorld& world, Walk& walk) {
  const std::string send = "POST /v1/sessions/{id}/messages";
  const std::string target = "/v1/sessions/walk/messages";
  const Json open{{"agent", "helper"}, {"task", "open"}};
  HttpHeaders stream;
  stream.set("Accept", "text/event-stream");
  const HttpResponse first = walk.ask(send, target + "?wait=30s", open);
  CHECK(first.status == 201);
  CHECK(walk.ask(send, target, open).status == 409);
  const Json in_session{{"agent", "helper"}, {"task", "say x"}, {"session", "walk"}};
  CHECK(walk.ask("POST /v1/runs", "/v1/runs", in_session).status == 409);
  const std::string id = string_at(json_of(first), "run");
  CHECK(walk.ask("DELETE /v1/runs/{id}", "/v1/runs/" + id).status == 409);
  world.ask("POST", "/v1/runs/" + id + "/cancel?wait=30s", Json::object());
  const Json say{{"task", "say x"}, {"on_busy", "enqueue"}};
  CHECK(walk.ask(send, target, say, stream).status == 200);
  CHECK(walk.ask(send, target + "?wait=0s", say).status == 202);
  CHECK(walk.ask("GET /v1/sessions", "/v1/sessions?limit=1").status == 200);
  CHECK(walk.ask("GET /v1/sessions/{id}", "/v1/sessions/walk?limit=1").status == 200);
  const std::string over = world.started_and_ended("say x");
  CHECK(walk.ask("DELETE /v1/runs/{id}", "/v1/runs/" + over).status == 204);
  CHECK(walk.ask("GET /v1/runs/{id}", "/v1/runs/" + over).status == 200);
  HttpHeaders page;
  page.set("Accept", "application/json");
  CHECK(
      walk.ask("GET /v1/runs/{id}/events", "/v1/runs/" + over + "/events", nullptr, page).status ==
      200);
}

void walk_memory(ApiWorld& world, Walk& walk) {
  for (const char* owner : {"ann", "bob"}) {
    NewMemory entry;
    entry.tenant = "local";
    entry.place = {MemoryScope::user, owner};
    entry.key = "tea";
    entry.text = "Green tea.";
    REQUIRE(run(world.loop.io, memory_of(world.app()).save(std::move(entry))).has_value());
  }
  CHECK(walk.ask("GET /v1/memory", "/v1/memory?query=tea").status == 200);
  CHECK(walk.ask("DELETE /v1/memory", "/v1/memory?key=tea").status == 409);
  CHECK(walk.ask("DELETE /v1/memory", "/v1/memory?key=tea&scope=user&owner=ann").status == 200);
}

void walk_the_rest(Walk& walk) {
  CHECK(walk.ask("POST /v1/reload", "/v1/reload").status == 200);
  CHECK(walk.ask("GET /v1/context", "/v1/context?agent=helper").status == 200);
  CHECK(walk.ask("GET /v1/context", "/v1/context?agent=nobody").status == 404);
  for (const char* path : {"/v1/agents", "/v1/tools", "/v1/spend", "/v1/budgets", "/healthz",
                           "/readyz", "/openapi.json"}) {
    CHECK(walk.ask("GET " + std::string(path), path).status == 200);
  }
}

}  // namespace

TEST_CASE("every documented answer is given, and is as the document says") {
  ApiWorld world;
  Walk walk(world);
  walk_runs(world, walk);
  walk_questions(world, walk);
  walk_sessions(world, walk);
  walk_memory(world, walk);
  walk_the_rest(walk);
  walk_refusals(world, walk, world.started_and_ended("say x"));
  const Deadline now = LoopClock::now();
  run(world.loop.io, world.services().drivers.stop(now));
  walk.ask("GET /readyz", "/readyz");
  for (const char* path : {"/v1/runs", "/v1/sessions/new/messages"}) {
    const bool run = std::string_view(path) == "/v1/runs";
    const std::string name = run ? "POST /v1/runs" : "POST /v1/sessions/{id}/messages";
    CHECK(walk.ask(name, path, body_for(name)).status == 503);
  }
  for (const std::string& unseen : walk.contract.unseen()) FAIL_CHECK("nobody gave: " << unseen);
}

TEST_CASE("each endpoint with a document is described, and nothing else is") {
  ApiWorld world;
  std::set<std::string> served;
  for (const Endpoint& endpoint : world.endpoints()) {
    if (!endpoint.doc.is_null()) served.insert(endpoint.method + " " + endpoint.path);
  }
  std::set<std::string> described;
  const Contract contract(description_of(world));
  for (const Contract::Operation& operation : contract.operations()) {
    described.insert(operation.name());
  }
  CHECK(served == described);
}

TEST_CASE("the description is whole: names are unique, references lead somewhere") {
  ApiWorld world;
  const Json document = description_of(world);
  const Contract contract(document);
  CHECK(string_at(document, "openapi").starts_with("3.1."));
  std::set<std::string> ids;
  for (const Contract::Operation& operation : contract.operations()) {
    INFO(operation.name());
    CHECK(ids.insert(string_at(operation.json, "operationId")).second);
    CHECK_FALSE(string_at(operation.json, "summary").empty());
    CHECK_FALSE(operation.json["responses"].empty());
    const auto in_path = std::count(operation.path.begin(), operation.path.end(), '{');
    const Json& parameters = member_at(operation.json, "parameters");
    const auto told = std::count_if(parameters.begin(), parameters.end(), [](const Json& each) {
      return string_at(each, "in") == "path" && bool_at(each, "required");
    });
    CHECK(told == in_path);
    const Json& security = operation.json["security"];
    CHECK(security.size() == (operation.path.starts_with("/v1/") ? 2 : 0));
  }
  const Json flat = document.flatten();
  for (const auto& [pointer, value] : flat.items()) {
    if (!pointer.ends_with("/$ref")) continue;
    INFO(pointer);
    CHECK_NOTHROW(document.at(Json::json_pointer(value.get<std::string>().substr(1))));
  }
}

TEST_CASE("every schema of the description is one that values can be checked by") {
  ApiWorld world;
  const Json document = description_of(world);
  for (const auto& [name, schema] : document["components"]["schemas"].items()) {
    Json whole = schema;
    whole["components"] = document["components"];
    const Result<std::shared_ptr<const Schema>> compiled = Schema::compile(whole);
    INFO(name << ": " << (compiled ? "" : compiled.error().message()));
    CHECK(compiled.has_value());
  }
}

}  // namespace yoke::testing
