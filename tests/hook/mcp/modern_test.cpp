#include <catch2/catch.hpp>

#include "tests/hook/mcp/mcp_world.h"

namespace yoke::testing {
namespace {

const Json kElicits{{"elicitation", Json::object()}};

Json raw(int id, const std::string& method, Json params) {
  return Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}};
}

Json meta(const std::string& version) {
  return Json{{"_meta",
               {{"io.modelcontextprotocol/protocolVersion", version},
                {"io.modelcontextprotocol/clientCapabilities", Json::object()}}}};
}

std::vector<std::string> names_in(const Json& list) {
  std::vector<std::string> names;
  for (const Json& each : list) names.push_back(string_at(each, "name"));
  return names;
}

Json accept(const Json& content) { return Json{{"action", "accept"}, {"content", content}}; }

}  // namespace

TEST_CASE("discovery names the versions of both eras, what the server can, and who it is") {
  McpWorld world;
  const Json found = world.result("server/discover", Json::object());
  CHECK(found["supportedVersions"][0] == "2026-07-28");
  CHECK(found["supportedVersions"].size() > 1);
  CHECK(found["capabilities"]["extensions"].contains("io.modelcontextprotocol/tasks"));
  CHECK(found["_meta"]["io.modelcontextprotocol/serverInfo"]["version"] == "1.2.3");
  CHECK(found["resultType"] == "complete");
  CHECK(found["cacheScope"] == "private");
}

TEST_CASE("agents, workflows and the tools that are named are listed by name") {
  McpWorld world;
  const Json tools = world.result("tools/list", Json::object())["tools"];
  CHECK(names_in(tools) == std::vector<std::string>{"ask", "door.open", "helper", "lonely", "nap",
                                                    "person", "words.count"});
  CHECK(tools[6]["annotations"]["readOnlyHint"] == true);
  CHECK(tools[6]["outputSchema"]["properties"].contains("words"));
  CHECK(tools[2]["inputSchema"]["required"] == Json::array({"task"}));
}

TEST_CASE("a tool that is called is a run on record, and tells what it came to") {
  McpWorld world;
  const Json result = world.result("tools/call", call_of("words.count", Json{{"text", "one two"}}));
  CHECK(result["structuredContent"] == Json{{"words", 2}});
  const RunRow row = world.row(result["_meta"]["yoke/run"].get<std::string>());
  CHECK(row.agent == "mcp");
  CHECK(row.by == "ann");
  CHECK(row.status == RunStatus::completed);
}

TEST_CASE("an agent that is called does its task and answers with its words") {
  McpWorld world;
  const Json result = world.result("tools/call", call_of("helper", Json{{"task", "count a b c"}}));
  CHECK(text_of_result(result) == "it said: {\"words\":3}");
  CHECK(world.row(result["_meta"]["yoke/run"].get<std::string>()).agent == "helper");
}

TEST_CASE("progress of a tool streams before its result, for who asks for it alone") {
  McpWorld world;
  Json params = call_of("words.count", Json{{"text", "a"}});
  CHECK(world.modern("tools/call", params).headers.get("Content-Type") == "application/json");
  params["_meta"]["progressToken"] = "p1";
  const HttpResponse told = world.modern("tools/call", params);
  CHECK(told.headers.get("Content-Type") == "text/event-stream");
  CHECK(told.body.find("\"progressToken\":\"p1\"") != std::string::npos);
  CHECK(told.body.find("halfway") != std::string::npos);
}

TEST_CASE("arguments that do not fit are a result for a model to mend, and start nothing") {
  McpWorld world;
  const Json result = world.result("tools/call", call_of("words.count", Json{{"txt", "a"}}));
  CHECK(result["isError"] == true);
  CHECK(text_of_result(result).find("text") != std::string::npos);
  CHECK_FALSE(member_at(result, "_meta").contains("yoke/run"));
}

TEST_CASE("a tool that is not offered is none, whoever has it") {
  McpWorld world;
  CHECK(world.code("tools/call", call_of("shelf.look")) == -32602);
  CHECK(world.code("tools/call", call_of("nobody")) == -32602);
}

TEST_CASE("a call that is to be approved asks its client, and goes on with the answer") {
  McpWorld world;
  Json params = call_of("door.open", Json{{"who", "bo"}});
  const Json asked = world.result("tools/call", params, kElicits);
  REQUIRE(asked["resultType"] == "input_required");
  const std::string key = asked["inputRequests"].items().begin().key();
  CHECK(asked["inputRequests"][key]["method"] == "elicitation/create");
  params["requestState"] = asked["requestState"];
  params["inputResponses"][key] = accept(Json{{"answer", "yes"}});
  const Json opened = world.result("tools/call", params, kElicits);
  CHECK(opened["structuredContent"] == Json{{"opened_for", "bo"}});
}

TEST_CASE("a call whose approval is declined is refused, and says so") {
  McpWorld world;
  Json params = call_of("door.open", Json{{"who", "bo"}});
  const Json asked = world.result("tools/call", params, kElicits);
  const std::string key = asked["inputRequests"].items().begin().key();
  params["requestState"] = asked["requestState"];
  params["inputResponses"][key] = Json{{"action", "decline"}};
  const Json refused = world.result("tools/call", params, kElicits);
  CHECK(refused["isError"] == true);
  CHECK(text_of_result(refused).find("said no") != std::string::npos);
}

TEST_CASE("an approval is not given by a first request, which was not asked for it") {
  McpWorld world;
  Json params = call_of("door.open", Json{{"who", "bo"}});
  params["inputResponses"]["a.call"] = accept(Json{{"answer", "yes"}});
  CHECK(world.result("tools/call", params, kElicits)["resultType"] == "input_required");
}

TEST_CASE("who may not answer questions is told that the run waits for somebody else") {
  McpWorld world;
  world.gate.who.scopes = Scopes();
  world.gate.who.scopes.add(Scope::run);
  const Json waits =
      world.result("tools/call", call_of("door.open", Json{{"who", "bo"}}), kElicits);
  CHECK(waits["isError"] == true);
  CHECK(text_of_result(waits).find("yoke runs answer") != std::string::npos);
  const RunRow row = world.row(waits["_meta"]["yoke/run"].get<std::string>());
  CHECK(row.status == RunStatus::waiting);
}

TEST_CASE("a workflow asks its client by name, and takes an answer that was sent along") {
  McpWorld world;
  Json params = call_of("ask", Json{{"greeting", "Hi"}});
  const Json asked = world.result("tools/call", params, kElicits);
  CHECK(asked["inputRequests"]["name"]["params"]["message"] == "Your name?");
  params["inputResponses"] = Json{{"name", accept(Json{{"name", "Al"}})}, {"more", 1}};
  CHECK(text_of_result(world.result("tools/call", params, kElicits)) == "Hi, Al");
}

TEST_CASE("an answer that does not fit what was asked is asked for again") {
  McpWorld world;
  Json params = call_of("ask", Json{{"greeting", "Hi"}});
  const Json asked = world.result("tools/call", params, kElicits);
  params["requestState"] = asked["requestState"];
  params["inputResponses"]["name"] = accept(Json{{"name", 7}});
  const Json again = world.result("tools/call", params, kElicits);
  CHECK(again["resultType"] == "input_required");
  params["requestState"] = again["requestState"];
  params["inputResponses"]["name"] = Json{{"action", "decline"}};
  CHECK(text_of_result(world.result("tools/call", params, kElicits)) == "Hi, decline");
}

TEST_CASE("a state is refused when it is changed, used for another call, or brought by another") {
  McpWorld world;
  Json params = call_of("ask", Json{{"greeting", "Hi"}});
  const Json asked = world.result("tools/call", params, kElicits);
  const std::string state = asked["requestState"].get<std::string>();
  params["inputResponses"]["name"] = accept(Json{{"name", "Al"}});
  params["requestState"] = state + "x";
  CHECK(world.code("tools/call", params, kElicits) == -32602);
  params["requestState"] = state;
  params["arguments"]["greeting"] = "Ho";
  CHECK(world.code("tools/call", params, kElicits) == -32602);
  params["arguments"]["greeting"] = "Hi";
  world.as("local", "eve");
  CHECK(world.code("tools/call", params, kElicits) == -32602);
  world.as("umbrella", "ann");
  CHECK(world.code("tools/call", params, kElicits) == -32602);
  world.as("local", "ann");
  CHECK(text_of_result(world.result("tools/call", params, kElicits)) == "Hi, Al");
}

TEST_CASE("a state that was used gives the same result again") {
  McpWorld world;
  Json params = call_of("ask", Json{{"greeting", "Hi"}});
  const Json asked = world.result("tools/call", params, kElicits);
  params["requestState"] = asked["requestState"];
  params["inputResponses"]["name"] = accept(Json{{"name", "Al"}});
  CHECK(text_of_result(world.result("tools/call", params, kElicits)) == "Hi, Al");
  CHECK(text_of_result(world.result("tools/call", params, kElicits)) == "Hi, Al");
}

TEST_CASE("a workflow that needs more than its client can is refused by what it lacks") {
  McpWorld world;
  const HttpResponse refused = world.modern("tools/call", call_of("ask", Json{{"greeting", "Hi"}}));
  CHECK(refused.status == 400);
  const Json error = parse_json(refused.body).value()["error"];
  CHECK(error["code"] == -32021);
  CHECK(error["data"]["requiredCapabilities"]["elicitation"].is_object());
}

TEST_CASE("a workflow that asks a person asks the person at the client") {
  McpWorld world;
  Json params = call_of("person");
  const Json asked = world.result("tools/call", params, kElicits);
  const std::string key = asked["inputRequests"].items().begin().key();
  const Json& schema = asked["inputRequests"][key]["params"]["requestedSchema"];
  CHECK(schema["properties"]["answer"]["enum"] == Json::array({"left", "right"}));
  params["requestState"] = asked["requestState"];
  params["inputResponses"][key] = accept(Json{{"answer", "right"}});
  CHECK(text_of_result(world.result("tools/call", params, kElicits)) == "chose right");
}

TEST_CASE("a request without what every request says of itself is refused with 400") {
  McpWorld world;
  const HttpHeaders headers{{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/list"}};
  const HttpResponse bare =
      world.ask("POST", "/mcp", raw(1, "tools/list", Json::object()), headers);
  CHECK(bare.status == 400);
  CHECK(parse_json(bare.body).value()["error"]["code"] == -32602);
  CHECK(parse_json(bare.body).value()["id"] == 1);
}

TEST_CASE("headers that do not say what the body says are refused with 400") {
  McpWorld world;
  const auto code_with = [&](const HttpHeaders& headers) {
    const HttpResponse response =
        world.ask("POST", "/mcp", raw(1, "tools/list", meta("2026-07-28")), headers);
    CHECK(response.status == 400);
    return parse_json(response.body).value()["error"]["code"].get<int>();
  };
  CHECK(code_with({{"Mcp-Method", "tools/list"}}) == -32020);
  CHECK(code_with({{"MCP-Protocol-Version", "2026-07-28"}}) == -32020);
  CHECK(code_with({{"MCP-Protocol-Version", "2025-11-25"}, {"Mcp-Method", "tools/list"}}) ==
        -32020);
  CHECK(code_with({{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "TOOLS/LIST"}}) ==
        -32020);
}

TEST_CASE("an unknown version is refused with those that there are") {
  McpWorld world;
  const HttpHeaders headers{{"MCP-Protocol-Version", "2099-01-01"}, {"Mcp-Method", "tools/list"}};
  const HttpResponse response =
      world.ask("POST", "/mcp", raw(1, "tools/list", meta("2099-01-01")), headers);
  CHECK(response.status == 400);
  const Json error = parse_json(response.body).value()["error"];
  CHECK(error["code"] == -32022);
  CHECK(error["data"]["requested"] == "2099-01-01");
}

TEST_CASE("methods of sessions, and unknown ones, are not found in the modern era") {
  McpWorld world;
  for (const char* method : {"ping", "initialize", "logging/setLevel", "tasks/list", "no/such"}) {
    CHECK(world.modern(method, Json::object()).status == 404);
    CHECK(world.code(method, Json::object()) == -32601);
  }
  CHECK(world.ask("GET", "/mcp").status == 405);
  CHECK(world.ask("DELETE", "/mcp").status == 405);
}

TEST_CASE("a batch, a number too large and what is no JSON are refused with 400") {
  McpWorld world;
  HttpRequest request;
  request.method = "POST";
  request.url = world.url("/mcp");
  request.headers.add("Content-Type", "application/json");
  for (const char* body : {"[]", "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", "{",
                           "{\"jsonrpc\":\"2.0\",\"id\":1e400,\"method\":\"ping\"}", "7",
                           "{\"jsonrpc\":\"2.0\",\"id\":{},\"method\":\"ping\"}"}) {
    request.body = body;
    CHECK(world.ask(request).status == 400);
  }
  request.headers.set("Content-Type", "text/plain");
  CHECK(world.ask(request).status == 415);
}

TEST_CASE("a key that may use some agents sees those alone") {
  McpWorld world;
  world.gate.who.agents = {"lonely"};
  const Json tools = world.result("tools/list", Json::object())["tools"];
  CHECK(names_in(tools) == std::vector<std::string>{"door.open", "lonely", "words.count"});
  CHECK(world.code("tools/call", call_of("helper", Json{{"task", "say x"}})) == -32602);
}

TEST_CASE("who may only look lists, and calls nothing") {
  McpWorld world;
  world.gate.who.scopes = Scopes();
  world.gate.who.scopes.add(Scope::read);
  CHECK_FALSE(world.result("tools/list", Json::object())["tools"].empty());
  CHECK(world.code("tools/call", call_of("words.count", Json{{"text", "a"}})) == -32600);
}

TEST_CASE("a prompt of the project is listed, filled in, and its arguments are suggested") {
  McpWorld world;
  const Json prompts = world.result("prompts/list", Json::object())["prompts"];
  CHECK(prompts[0]["name"] == "brief");
  CHECK(prompts[0]["arguments"][0]["required"] == true);
  const Json got =
      world.result("prompts/get", Json{{"name", "brief"}, {"arguments", {{"topic", "tea"}}}});
  CHECK(got["messages"][0]["content"]["text"] == "Sum up tea in {{one}} line.");
  CHECK(world.code("prompts/get", Json{{"name", "brief"}}) == -32602);
  const Json ref{{"type", "ref/prompt"}, {"name", "brief"}};
  const Json argument{{"name", "topic"}, {"value", "tr"}};
  const Json completed =
      world.result("completion/complete", Json{{"ref", ref}, {"argument", argument}});
  CHECK(completed["completion"]["values"] == Json::array({"trains"}));
}

TEST_CASE("a run is read as a resource by who may see it, and no other") {
  McpWorld world;
  const Json result = world.result("tools/call", call_of("words.count", Json{{"text", "a"}}));
  const std::string uri = "run://" + result["_meta"]["yoke/run"].get<std::string>();
  const Json read = world.result("resources/read", Json{{"uri", uri}});
  CHECK(read["contents"][0]["text"].get<std::string>().find("completed") != std::string::npos);
  world.as("umbrella", "ann");
  CHECK(world.code("resources/read", Json{{"uri", uri}}) == -32602);
}

TEST_CASE("a resource that is not there is refused with its address") {
  McpWorld world;
  const HttpResponse response = world.modern("resources/read", Json{{"uri", "test://none"}});
  const Json error = parse_json(response.body).value()["error"];
  CHECK(error["code"] == -32602);
  CHECK(error["data"]["uri"] == "test://none");
}

TEST_CASE("where tokens are taken a refusal says how they are come by") {
  McpWorld world(R"toml(
[serve.oidc]
issuer = "https://id.example"
audience = "yoke"
scopes = { "*" = ["read", "run"] }
)toml");
  const std::string where = "/.well-known/oauth-protected-resource/mcp";
  HttpRequest request;
  request.headers.add("Host", "yoke.example:8177");
  Refusal refusal{401, "unauthorized", "a key is needed"};
  McpEndpoint::tell_refused(world.app().config(), "/mcp", refusal, request);
  CHECK(refuse(ErrorShape::native, refusal).headers.get("WWW-Authenticate") ==
        "Bearer resource_metadata=\"http://yoke.example:8177" + where + "\"");
  Refusal elsewhere{401, "unauthorized", "a key is needed"};
  McpEndpoint::tell_refused(world.app().config(), "/v1/runs", elsewhere, request);
  CHECK(elsewhere.headers.empty());
  request.headers.set("Host", "evil\", x=\"");
  Refusal odd{401, "unauthorized", "a key is needed"};
  McpEndpoint::tell_refused(world.app().config(), "/mcp", odd, request);
  CHECK(odd.headers.empty());
  const Json metadata = json_of(world.ask("GET", where));
  CHECK(metadata["resource"] == world.url("/mcp"));
  CHECK(metadata["authorization_servers"] == Json::array({"https://id.example"}));
}

TEST_CASE("where no tokens are taken there is no word of how to come by them") {
  McpWorld world;
  world.gate.refusal = Refusal{401, "unauthorized", "a key is needed"};
  const HttpResponse refused = world.modern("tools/list", Json::object());
  CHECK(refused.status == 401);
  CHECK(refused.headers.get("WWW-Authenticate") == "Bearer realm=\"yoke\"");
  CHECK(world.ask("GET", "/.well-known/oauth-protected-resource").status == 404);
}

}  // namespace yoke::testing
