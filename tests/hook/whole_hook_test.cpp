#include "tests/hook/whole_hook.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "hosts/app/memory_settings.h"

// What is another's answers as what never was, at every endpoint that takes an id.
namespace yoke::testing {
namespace {

constexpr const char* kNoRun = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

// What acme has: of each kind of thing that is named by an id, one.
struct Acme {
  explicit Acme(WholeHook& served) : world(served) {
    waiting = started({{"agent", "helper"}, {"task", "open"}});
    ended = started({{"agent", "helper"}, {"task", "say x"}, {"session", "talk"}});
    question = string_at(get("/v1/runs/" + waiting)["questions"][0], "question");
    conversation = string_at(post("/v1/conversations", Json::object()), "id");
    const Json ask{{"model", "route/default"}, {"input", "say x"}, {"conversation", conversation}};
    response = string_at(post("/v1/responses", ask), "id");
    const Json weekly{{"cron", "0 8 * * MON"}, {"agent", "helper"}, {"task", "say x"}};
    world.as(who, "PUT", "/v1/schedules/weekly", weekly);
    delivery = get("/v1/webhooks/deliveries")["deliveries"][0]["id"].dump();
    NewMemory note;
    note.tenant = "acme";
    note.place = {MemoryScope::agent, "helper"};
    note.key = "note-of-acme";
    note.text = "acme's own secret";
    CHECK(run(world.loop.io, memory_of(world.app()).save(std::move(note))).has_value());
  }

  Json get(const std::string& target) { return json_of(world.as(who, "GET", target)); }
  Json post(const std::string& target, const Json& body, HttpHeaders headers = {}) {
    return json_of(world.as(who, "POST", target, body, std::move(headers)));
  }
  std::string started(const Json& body) {
    HttpHeaders key;
    key.set("Idempotency-Key", string_at(body, "task"));
    return string_at(post("/v1/runs?wait=30s", body, key), "run");
  }
  // All of it, as acme itself sees it.
  std::string state() {
    std::string text;
    for (const std::string& target :
         {"/v1/runs/" + waiting, "/v1/runs/" + ended, std::string("/v1/runs"),
          std::string("/v1/sessions"), "/v1/conversations/" + conversation,
          "/v1/responses/" + response, std::string("/v1/schedules"),
          std::string("/v1/webhooks/deliveries"), std::string("/v1/spend?by=run"),
          std::string("/v1/memory?query=secret")}) {
      text += to_text(get(target)) + "\n";
    }
    return text;
  }

  WholeHook& world;
  const Principal who = caller("acme", "key:a");
  std::string waiting, ended, question, conversation, response, delivery;
};

// A request with ID in it, and what stands there: an id of acme's, and one that never was.
struct Try {
  std::string endpoint;  // "GET /v1/runs/{id}"; empty: the id is in the body or the query
  std::string target;
  std::string theirs;
  std::string never;
  Json body = nullptr;
  HttpHeaders headers = {};
  // Callers choose such names: in their own tenant they can find that one is in use.
  bool is_chosen = false;
};

std::vector<Try> tries_of_runs(const Acme& acme) {
  std::vector<Try> tries;
  const auto add = [&](const std::string& method, const std::string& rest, const Json& body) {
    for (const std::string& run : {acme.waiting, acme.ended}) {
      tries.push_back(
          {method + " /v1/runs/{id}" + rest, "/v1/runs/ID" + rest, run, kNoRun, body, {}});
    }
  };
  add("GET", "", nullptr);
  add("GET", "/events", nullptr);
  add("POST", "/cancel", Json::object());
  add("POST", "/resume", Json::object());
  add("POST", "/fork", {{"at", 1}});
  add("POST", "/answers", {{"question", acme.question}, {"value", "yes"}});
  add("POST", "/signals", {{"name", "paid"}});
  add("DELETE", "", nullptr);
  return tries;
}

std::vector<Try> tries_of_paths(const Acme& acme) {
  std::vector<Try> tries = tries_of_runs(acme);
  const std::string no_response = std::string("resp_") + kNoRun;
  const std::string no_conversation = std::string("conv_") + kNoRun;
  const Json weekly{{"cron", "@daily"}, {"agent", "lonely"}, {"task", "say y"}};
  const Json say{{"task", "say y"}};
  const std::string response = "/v1/responses/";
  const std::string conversation = "/v1/conversations/";
  const std::string deliveries = "/v1/webhooks/deliveries/";
  const std::string schedule = "/v1/schedules/";
  tries.push_back({"GET " + conversation + "{id}/items", conversation + "ID/items",
                   acme.conversation, no_conversation});
  tries.push_back({"POST " + conversation + "{id}", conversation + "ID", acme.conversation,
                   no_conversation, Json{{"metadata", {{"k", "v"}}}}});
  for (const char* method : {"GET", "DELETE"}) {
    const std::string of = std::string(method) + " ";
    tries.push_back({of + response + "{id}", response + "ID", acme.response, no_response});
    tries.push_back(
        {of + conversation + "{id}", conversation + "ID", acme.conversation, no_conversation});
    tries.push_back({of + schedule + "{name}", schedule + "ID", "weekly", "never"});
  }
  tries.push_back({"GET /v1/responses/{id}/input_items", response + "ID/input_items", acme.response,
                   no_response});
  tries.push_back({"POST /v1/responses/{id}/cancel", response + "ID/cancel", acme.response,
                   no_response, Json::object()});
  tries.push_back({"POST /v1/schedules/{name}/run", schedule + "ID/run", "weekly", "never"});
  tries.push_back({"POST /v1/webhooks/deliveries/{id}/redeliver", deliveries + "ID/redeliver",
                   acme.delivery, "4711"});
  tries.push_back({"GET /v1/sessions/{id}", "/v1/sessions/ID", "talk", "never"});
  Try chosen{"POST /v1/sessions/{id}/messages", "/v1/sessions/ID/messages", "talk", "never", say};
  chosen.is_chosen = true;
  tries.push_back(chosen);
  tries.push_back(
      {"PUT /v1/schedules/{name}", schedule + "ID", "weekly", "never", weekly, {}, true});
  tries.push_back(
      {"POST /v1/webhooks/{name}/test", "/v1/webhooks/ID/test", "ops", "never", nullptr, {}, true});
  return tries;
}

// What a body or a query names.
std::vector<Try> tries_of_names(const Acme& acme) {
  const std::string no_response = std::string("resp_") + kNoRun;
  const std::string no_conversation = std::string("conv_") + kNoRun;
  const Json ask{{"model", "route/default"}, {"input", "say y"}};
  Json after = ask;
  after["previous_response_id"] = "ID";
  Json in = ask;
  in["conversation"] = "ID";
  const Json call{{"id", "call_ID_c4-0"},
                  {"type", "function"},
                  {"function", {{"name", "door_open"}, {"arguments", "{}"}}}};
  const Json result{{"role", "tool"}, {"tool_call_id", "call_ID_c4-0"}, {"content", "yes"}};
  const Json chat{
      {"model", "agent/lonely"},
      {"messages",
       {{{"role", "user"}, {"content", "x"}},
        {{"role", "assistant"}, {"content", nullptr}, {"tool_calls", Json::array({call})}},
        result}}};
  const Json use{
      {"type", "tool_use"}, {"id", "toolu_ID_c4-0"}, {"name", "f"}, {"input", Json::object()}};
  const Json used{{"type", "tool_result"}, {"tool_use_id", "toolu_ID_c4-0"}, {"content", "yes"}};
  const Json message{{"model", "agent/lonely"},
                     {"max_tokens", 10},
                     {"messages",
                      {{{"role", "user"}, {"content", "x"}},
                       {{"role", "assistant"}, {"content", Json::array({use})}},
                       {{"role", "user"}, {"content", Json::array({used})}}}}};
  std::vector<Try> tries{{"", "/v1/responses", acme.response, no_response, after},
                         {"", "/v1/responses", acme.conversation, no_conversation, in},
                         {"", "/v1/chat/completions", acme.waiting, kNoRun, chat},
                         {"", "/v1/messages", acme.waiting, kNoRun, message},
                         {"", "/v1/runs?session=ID", "talk", "never"},
                         {"", "/v1/webhooks/deliveries?run=ID", acme.ended, kNoRun},
                         {"", "/v1/memory?key=ID", "note-of-acme", "never"},
                         {"", "/v1/memory?query=ID", "secret", "never"},
                         {"DELETE /v1/memory", "/v1/memory?key=ID", "note-of-acme", "never"}};
  return tries;
}

std::string with_id(std::string text, const std::string& id) {
  for (std::size_t at = 0; (at = text.find("ID", at)) != std::string::npos; at += id.size()) {
    text.replace(at, 2, id);
  }
  return text;
}

std::string without_id(std::string text, const std::string& id) {
  for (std::size_t at = 0; (at = text.find(id, at)) != std::string::npos;) {
    text.replace(at, id.size(), "ID");
  }
  return text;
}

// Status, headers and body, with ID for the id again.
std::string told(WholeHook& world, const Principal& who, const Try& one, const std::string& id) {
  std::string method = one.body.is_null() ? "GET" : "POST";
  if (!one.endpoint.empty()) method = one.endpoint.substr(0, one.endpoint.find(' '));
  Json body = nullptr;
  if (!one.body.is_null()) body = parse_json(with_id(to_text(one.body), id)).value();
  const HttpResponse reply = world.as(who, method, with_id(one.target, id), body, one.headers);
  std::string text = method + " " + one.target + ": " + std::to_string(reply.status) + "\n";
  static const std::set<std::string> kOfTheRequest = {"x-request-id", "request-id", "date",
                                                      "content-length"};
  std::string rest;
  for (const auto& [field, value] : reply.headers) {
    std::string name = field;
    std::transform(name.begin(), name.end(), name.begin(), ::tolower);
    if (!kOfTheRequest.contains(name)) rest += name + ": " + value + "\n";
  }
  return text + without_id(rest + "\n" + reply.body, id);
}

// That who asks is told of acme's things as of things that never were, and changes none of them.
void walk(WholeHook& world, Acme& acme, const Principal& who, bool of_tenant) {
  const std::string before = acme.state();
  std::vector<Try> tries = tries_of_paths(acme);
  for (Try& one : tries_of_names(acme)) tries.push_back(std::move(one));
  for (const Try& one : tries) {
    if (one.is_chosen && of_tenant) continue;
    const std::string never = told(world, who, one, one.never);
    CHECK(told(world, who, one, one.theirs) == never);
  }
  world.until([&] { return world.services().drivers.driving() == 0; });
  CHECK(acme.state() == before);
}

}  // namespace

TEST_CASE("every endpoint with an id in its path is among those that are tried") {
  WholeHook world;
  Acme acme(world);
  // Models are the project's, for all.
  std::set<std::string> tried = {"GET /v1/models/{id...}"};
  for (const Try& one : tries_of_paths(acme)) tried.insert(one.endpoint);
  std::set<std::string> served;
  for (const Endpoint& endpoint : world.endpoints()) {
    const bool takes_id = endpoint.path.find('{') != std::string::npos;
    if (takes_id) served.insert(endpoint.method + " " + endpoint.path);
  }
  CHECK(tried == served);
}

TEST_CASE("another tenant's things are as things that never were, at every endpoint") {
  WholeHook world;
  Acme acme(world);
  CHECK_FALSE(acme.question.empty());
  CHECK(acme.delivery != "null");
  walk(world, acme, caller("bolt", "key:b"), false);
}

TEST_CASE("to who is bound to other agents, runs of their tenant are as runs that never were") {
  WholeHook world;
  Acme acme(world);
  Principal who = caller("acme", "key:b");
  who.agents = {"lonely"};
  walk(world, acme, who, true);
}

TEST_CASE("nothing that another tenant did is in a list, a sum or a report") {
  WholeHook world;
  Acme acme(world);
  const Principal other = caller("bolt", "key:b");
  for (const char* target : {"/v1/runs", "/v1/sessions", "/v1/schedules", "/v1/webhooks",
                             "/v1/webhooks/deliveries", "/v1/spend?by=run", "/v1/spend?by=caller",
                             "/v1/budgets", "/v1/memory", "/v1/memory?query=acme+secret"}) {
    const std::string body = world.as(other, "GET", target).body;
    INFO(target << ": " << body);
    for (const std::string& word :
         {acme.waiting, acme.ended, std::string("talk"), std::string("weekly"), std::string("ops"),
          std::string("key:a"), std::string("acme")}) {
      CHECK(body.find(word) == std::string::npos);
    }
  }
  const Json spent = json_of(world.as(other, "GET", "/v1/spend"));
  CHECK(spent["total"]["requests"] == 0);
}

TEST_CASE("a session, and a key of idempotency, of another tenant's name is a new one") {
  WholeHook world;
  Acme acme(world);
  const Principal other = caller("bolt", "key:b");
  HttpHeaders key;
  key.set("Idempotency-Key", "say x");
  const Json same{{"agent", "helper"}, {"task", "say x"}, {"session", "talk"}};
  const HttpResponse mine = world.as(other, "POST", "/v1/runs?wait=30s", same, key);
  CHECK(mine.status == 201);
  CHECK_FALSE(mine.headers.has("Idempotency-Replayed"));
  CHECK(string_at(json_of(mine), "run") != acme.ended);
  const Json more{{"task", "first"}};
  const Json next = json_of(world.as(other, "POST", "/v1/sessions/talk/messages?wait=30s", more));
  CHECK(string_at(next, "text") == "you first said: say x");
  CHECK(json_of(world.as(other, "GET", "/v1/sessions/talk"))["runs"].size() == 2);
  CHECK(acme.get("/v1/sessions/talk")["runs"].size() == 1);
}

TEST_CASE("a session's name is held to one rule at every door") {
  WholeHook world;
  const Principal who = caller("acme", "key:a");
  for (const std::string& name :
       {std::string("a\nb"), std::string("\x1b[2Jx"), std::string(201, 'n')}) {
    const Json start{{"agent", "helper"}, {"task", "say x"}, {"session", name}};
    CHECK(world.as(who, "POST", "/v1/runs", start).status == 422);
    Json chat{{"model", "agent/helper"}, {"messages", {{{"role", "user"}, {"content", "say x"}}}}};
    chat["metadata"]["session"] = name;
    const HttpResponse refused = world.as(who, "POST", "/v1/chat/completions", chat);
    CHECK(refused.status / 100 == 4);
    CHECK(refused.body.find("a session's name has at most 200 bytes") != std::string::npos);
    Json due = start;
    due["name"] = "n";
    due["cron"] = "@daily";
    CHECK(world.as(who, "POST", "/v1/schedules", due).status == 422);
  }
  CHECK(json_of(world.as(who, "GET", "/v1/sessions"))["sessions"].empty());
}

TEST_CASE("what a run remembered for itself goes with a response that is deleted") {
  WholeHook world;
  Acme acme(world);
  const auto remembered = [&] {
    MemoryWhere where;
    where.tenant = "acme";
    where.places.push_back({MemoryScope::run, acme.response.substr(5)});  // behind "resp_"
    return run(world.loop.io, memory_of(world.app()).erase(std::move(where)));
  };
  NewMemory note;
  note.tenant = "acme";
  note.place = {MemoryScope::run, acme.response.substr(5)};
  note.key = "draft";
  note.text = "said in confidence";
  REQUIRE(run(world.loop.io, memory_of(world.app()).save(std::move(note))).has_value());
  CHECK(world.as(acme.who, "DELETE", "/v1/responses/" + acme.response).status == 200);
  const Result<std::int64_t> left = remembered();
  REQUIRE(left.has_value());
  CHECK(*left == 0);
}

}  // namespace yoke::testing
