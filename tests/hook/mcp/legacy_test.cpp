#include <catch2/catch.hpp>

#include "runtime/engine/reader.h"
#include "tests/hook/mcp/mcp_world.h"

namespace yoke::testing {
namespace {

const Json kCanElicit{{"elicitation", Json::object()}};

Json request(const Json& id, const std::string& method, const Json& params = Json::object()) {
  return Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}};
}

HttpRequest posted(McpWorld& world, const Json& message, const std::string& session) {
  HttpRequest post;
  post.method = "POST";
  post.url = world.url("/mcp");
  post.headers.add("Content-Type", "application/json");
  post.headers.add("Accept", "application/json, text/event-stream");
  post.headers.add("Mcp-Session-Id", session);
  post.body = to_text(message);
  return post;
}

// The first message of a stream that has this member.
Json message_with(const EventReader& reader, const char* member) {
  for (const SseEvent& event : reader.events) {
    const Result<Json> message = parse_json(event.data);
    if (message && message->contains(member)) return *message;
  }
  return nullptr;
}

}  // namespace

TEST_CASE("a handshake gives a session, in which everything is asked") {
  McpWorld world;
  const std::string session = world.handshake();
  CHECK(session.size() == 64);
  const Json pong = json_of(world.legacy(request(1, "ping"), session));
  CHECK(pong["result"] == Json::object());
  const Json call = request(2, "tools/call", call_of("words.count", Json{{"text", "a b"}}));
  const Json result = message_in(world.legacy(call, session), 2)["result"];
  CHECK(result["structuredContent"] == Json{{"words", 2}});
  CHECK_FALSE(result.contains("resultType"));
}

TEST_CASE("an older version is agreed to, an unknown one answered with the newest there is") {
  McpWorld world;
  const auto agreed = [&](const char* version) {
    const Json params{{"protocolVersion", version}, {"capabilities", Json::object()}};
    const HttpResponse response = world.legacy(request(1, "initialize", params), "");
    return json_of(response)["result"]["protocolVersion"].get<std::string>();
  };
  CHECK(agreed("2025-06-18") == "2025-06-18");
  CHECK(agreed("1999-01-01") == "2025-11-25");
}

TEST_CASE("a request without a session is refused, one of another's session finds none") {
  McpWorld world;
  CHECK(world.legacy(request(1, "tools/list"), "").status == 400);
  CHECK(world.legacy(request(1, "tools/list"), std::string(64, '0')).status == 404);
  const std::string session = world.handshake();
  world.as("local", "eve");
  CHECK(world.legacy(request(1, "tools/list"), session).status == 404);
  world.as("umbrella", "ann");
  CHECK(world.legacy(request(1, "tools/list"), session).status == 404);
  world.as("local", "ann");
  CHECK(world.legacy(request(1, "tools/list"), session).status == 200);
}

TEST_CASE("a client cannot choose the session that it is given") {
  McpWorld world;
  const Json params{{"protocolVersion", "2025-11-25"}, {"capabilities", Json::object()}};
  const std::string wanted(64, 'a');
  const HttpResponse response = world.legacy(request(1, "initialize", params), wanted);
  CHECK(response.headers.get("Mcp-Session-Id") != wanted);
}

TEST_CASE("a session that was ended is gone") {
  McpWorld world;
  const std::string session = world.handshake();
  HttpRequest end;
  end.method = "DELETE";
  end.url = world.url("/mcp");
  end.headers.add("Mcp-Session-Id", session);
  CHECK(world.ask(end).status == 204);
  CHECK(world.legacy(request(1, "ping"), session).status == 404);
  CHECK(world.ask(end).status == 404);
}

TEST_CASE("a question of a run is asked on the call's own stream, and answered by a message") {
  McpWorld world;
  const std::string session = world.handshake(kCanElicit);
  const Json call = request(5, "tools/call", call_of("ask", Json{{"greeting", "Hi"}}));
  EventReader reader(world, posted(world, call, session));
  world.until([&] { return !message_with(reader, "method").is_null(); });
  const Json asked = message_with(reader, "method");
  CHECK(asked["method"] == "elicitation/create");
  CHECK(asked["params"]["message"] == "Your name?");
  const Json said{{"action", "accept"}, {"content", {{"name", "Al"}}}};
  const Json answer{{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", said}};
  CHECK(world.legacy(answer, session).status == 202);
  reader.wait_for_end();
  CHECK(text_of_result(message_with(reader, "result")["result"]) == "Hi, Al");
}

TEST_CASE("an answer to nothing that was asked, and to another's question, does nothing") {
  McpWorld world;
  const std::string session = world.handshake(kCanElicit);
  const Json call = request(5, "tools/call", call_of("ask", Json{{"greeting", "Hi"}}));
  EventReader reader(world, posted(world, call, session));
  world.until([&] { return !message_with(reader, "method").is_null(); });
  const Json id = message_with(reader, "method")["id"];
  const Json said{{"action", "accept"}, {"content", {{"name", "Eve"}}}};
  const std::string other = world.handshake(kCanElicit);
  world.legacy(Json{{"jsonrpc", "2.0"}, {"id", id}, {"result", said}}, other);
  world.legacy(Json{{"jsonrpc", "2.0"}, {"id", "yoke-99"}, {"result", said}}, session);
  const Json declined{{"action", "decline"}};
  world.legacy(Json{{"jsonrpc", "2.0"}, {"id", id}, {"result", declined}}, session);
  reader.wait_for_end();
  CHECK(text_of_result(message_with(reader, "result")["result"]) == "Hi, decline");
}

TEST_CASE("a client that lost its stream comes back for the rest of it") {
  McpWorld world;
  const std::string session = world.handshake(kCanElicit);
  const Json call = request(5, "tools/call", call_of("ask", Json{{"greeting", "Hi"}}));
  std::string last;
  Json id;
  {
    EventReader reader(world, posted(world, call, session));
    world.until([&] { return !message_with(reader, "method").is_null(); });
    last = reader.events.front().id;
    id = message_with(reader, "method")["id"];
    reader.hang_up();
  }
  HttpRequest again;
  again.url = world.url("/mcp");
  again.headers.add("Accept", "text/event-stream");
  again.headers.add("Mcp-Session-Id", session);
  again.headers.add("Last-Event-ID", last);
  EventReader reader(world, again);
  world.until([&] { return !message_with(reader, "method").is_null(); });
  CHECK(message_with(reader, "method")["id"] == id);
  const Json said{{"action", "accept"}, {"content", {{"name", "Al"}}}};
  world.legacy(Json{{"jsonrpc", "2.0"}, {"id", id}, {"result", said}}, session);
  reader.wait_for_end();
  CHECK(text_of_result(message_with(reader, "result")["result"]) == "Hi, Al");
}

TEST_CASE("a client that lost a stream that has ended comes back for its answer") {
  McpWorld world;
  const std::string session = world.handshake(kCanElicit);
  const Json call = request(5, "tools/call", call_of("ask", Json{{"greeting", "Hi"}}));
  EventReader first(world, posted(world, call, session));
  world.until([&] { return !message_with(first, "method").is_null(); });
  const Json asked = message_with(first, "method");
  const Json said{{"action", "accept"}, {"content", {{"name", "Al"}}}};
  world.legacy(Json{{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", said}}, session);
  first.wait_for_end();
  HttpRequest again;
  again.url = world.url("/mcp");
  again.headers.add("Accept", "text/event-stream");
  again.headers.add("Mcp-Session-Id", session);
  again.headers.add("Last-Event-ID", first.events.front().id);
  EventReader second(world, again);
  second.wait_for_end();
  CHECK(text_of_result(message_with(second, "result")["result"]) == "Hi, Al");
}

TEST_CASE("a stream that is not there is refused, not taken for another") {
  McpWorld world;
  const std::string session = world.handshake();
  for (const char* last : {"77_1", "anything"}) {
    HttpRequest again;
    again.url = world.url("/mcp");
    again.headers.add("Accept", "text/event-stream");
    again.headers.add("Mcp-Session-Id", session);
    again.headers.add("Last-Event-ID", last);
    const HttpResponse refused = world.ask(again);
    CHECK(refused.status == 400);
    CHECK(refused.body.find("Last-Event-ID is gone") != std::string::npos);
  }
}

TEST_CASE("a client that takes no stream is given its result, whatever was told before it") {
  McpWorld world;
  const std::string session = world.handshake(kCanElicit);
  Json call = request(5, "tools/call", call_of("words.count", Json{{"text", "one two"}}));
  call["params"]["_meta"]["progressToken"] = "p";
  HttpRequest post = posted(world, call, session);
  post.headers.set("Accept", "application/json");
  const HttpResponse counted = world.ask(post);
  CHECK(counted.status == 200);
  CHECK(json_of(counted)["id"] == 5);
  // Nor is it asked what it could not hear.
  post.body = to_text(request(6, "tools/call", call_of("ask", Json{{"greeting", "Hi"}})));
  CHECK(json_of(world.ask(post))["id"] == 6);
}

TEST_CASE("a question that is answered elsewhere is taken back, and the call goes on") {
  McpWorld world;
  const std::string session = world.handshake(kCanElicit);
  EventReader reader(world, posted(world, request(5, "tools/call", call_of("person")), session));
  world.until([&] { return !message_with(reader, "method").is_null(); });
  const Json asked = message_with(reader, "method")["id"];
  const std::string id = run(world.loop.io, world.app().store().list(RunFilter{})).front().run_id;
  const RunState state = run(world.loop.io, read_state(world.app().store(), id)).value();
  const std::string question = state.questions.begin()->first;
  run(world.loop.io, world.app().engine().answer(id, question, "left", "bo")).value();
  world.services().drivers.wake(id, "local");
  reader.wait_for_end();
  CHECK(text_of_result(message_with(reader, "result")["result"]) == "chose left");
  CHECK(reader.text.find("notifications/cancelled") != std::string::npos);
  CHECK(reader.text.find("\"requestId\":" + to_text(asked)) != std::string::npos);
}

TEST_CASE("a session has the rights that its caller has now") {
  McpWorld world;
  const std::string session = world.handshake();
  const Json call = request(5, "tools/call", call_of("helper", Json{{"task", "say good"}}));
  CHECK(message_in(world.legacy(call, session), 5).contains("result"));
  world.gate.who.scopes = Scopes();
  world.gate.who.scopes.add(Scope::read);
  CHECK(message_in(world.legacy(call, session), 5).contains("error"));
}

TEST_CASE("a call that its client cancels ends its run, and is not answered") {
  McpWorld world;
  const std::string session = world.handshake(kCanElicit);
  const Json call = request("c-1", "tools/call", call_of("ask", Json{{"greeting", "Hi"}}));
  EventReader reader(world, posted(world, call, session));
  world.until([&] { return !message_with(reader, "method").is_null(); });
  const std::vector<RunRow> rows = run(world.loop.io, world.app().store().list(RunFilter{}));
  const Json params{{"requestId", "c-1"}, {"reason", "enough"}};
  const Json cancelled{
      {"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", params}};
  CHECK(world.legacy(cancelled, session).status == 202);
  reader.wait_for_end();
  CHECK(message_with(reader, "result").is_null());
  world.until([&] { return world.row(rows.front().run_id).status == RunStatus::cancelled; });
}

TEST_CASE("two requests of one id at once are not both answered") {
  McpWorld world;
  const std::string session = world.handshake(kCanElicit);
  const Json call = request(5, "tools/call", call_of("ask", Json{{"greeting", "Hi"}}));
  EventReader reader(world, posted(world, call, session));
  world.until([&] { return !message_with(reader, "method").is_null(); });
  const Json second = message_in(world.legacy(call, session), 5);
  CHECK(second["error"]["code"] == -32600);
}

TEST_CASE("levels of logs are taken by their names alone") {
  McpWorld world;
  const std::string session = world.handshake();
  const Json level = request(1, "logging/setLevel", Json{{"level", "warning"}});
  CHECK(json_of(world.legacy(level, session))["result"] == Json::object());
  const Json odd = request(2, "logging/setLevel", Json{{"level", "loud"}});
  CHECK(json_of(world.legacy(odd, session))["error"]["code"] == -32602);
}

TEST_CASE("an id of any length and kind that the protocol has comes back as it was") {
  McpWorld world;
  const std::string session = world.handshake();
  for (const Json& id :
       {Json(std::string(10'000, 'i')), Json(std::int64_t{9007199254740993}), Json(-1), Json("")}) {
    CHECK(json_of(world.legacy(request(id, "ping"), session))["id"] == id);
  }
}

}  // namespace yoke::testing
