#include <algorithm>
#include <catch2/catch.hpp>

#include "hosts/hook/openai/openai.h"
#include "runtime/base/text.h"
#include "tests/hook/hook_world.h"

// Responses that are asked for again: their streams from any event on, and what they were asked.
namespace yoke::testing {
namespace {

class OpenAiWorld : public HookWorld {
 public:
  OpenAiWorld() : HookWorld(add_openai) {}

  Json respond(Json body) {
    if (!body.contains("model")) body["model"] = "route/default";
    return json_of(ask("POST", "/v1/responses", body));
  }
  // The data of all events of a stream that ends.
  std::vector<Json> stream(const std::string& target) {
    EventReader reader(*this, target);
    reader.wait_for_end();
    return data_of(reader);
  }
  std::vector<Json> stream(Json body) {
    body["stream"] = true;
    if (!body.contains("model")) body["model"] = "route/default";
    HttpRequest request;
    request.method = "POST";
    request.url = url("/v1/responses");
    request.headers.add("Content-Type", "application/json");
    request.body = to_text(body);
    EventReader reader(*this, std::move(request));
    reader.wait_for_end();
    return data_of(reader);
  }

 private:
  static std::vector<Json> data_of(const EventReader& reader) {
    std::vector<Json> events;
    for (const SseEvent& event : reader.events) events.push_back(parse_json(event.data).value());
    return events;
  }
};

std::string id_of(const std::vector<Json>& events) {
  return string_at(events.at(0)["response"], "id");
}

// Each event's number and type, pieces left out: they are cut otherwise when they come again.
std::vector<std::string> outline(const std::vector<Json>& events, std::int64_t after = -1) {
  std::vector<std::string> lines;
  for (const Json& event : events) {
    const std::string type = string_at(event, "type");
    const std::int64_t number = integer_at(event, "sequence_number");
    if (type.ends_with(".delta") || number <= after) continue;
    lines.push_back(std::to_string(number) + " " + type);
  }
  return lines;
}

// What is said by the pieces after that number.
std::string said(const std::vector<Json>& events, std::int64_t after = -1) {
  std::string text;
  for (const Json& event : events) {
    if (integer_at(event, "sequence_number") > after) text += string_at(event, "delta");
  }
  return text;
}

const Json kWeather = Json::parse(R"([{"type": "function", "name": "weather",
  "parameters": {"type": "object"}}])");

}  // namespace

TEST_CASE("a response is streamed again from any event on, with the numbers of its first stream") {
  OpenAiWorld world;
  for (const char* model : {"route/default", "agent/helper"}) {
    const std::vector<Json> first = world.stream(
        Json{{"input", model == std::string("agent/helper") ? "count one two" : "say hello there"},
             {"model", model}});
    const std::string again = "/v1/responses/" + id_of(first) + "?stream=true";
    CHECK(outline(world.stream(again)) == outline(first));
    for (const Json& event : first) {
      const std::int64_t after = integer_at(event, "sequence_number");
      const auto rest = world.stream(again + "&starting_after=" + std::to_string(after));
      CHECK(outline(rest) == outline(first, after));
      CHECK(said(rest) == said(first, after));
    }
  }
}

TEST_CASE("a stream that is asked for again ends as the response did") {
  OpenAiWorld world;
  const Json begun = world.respond(Json{{"input", "fail"}, {"background", true}});
  const std::string id = string_at(begun, "id");
  const std::vector<Json> again = world.stream("/v1/responses/" + id + "?stream=true");
  CHECK(again.back()["type"] == "response.failed");
}

TEST_CASE("a response that waits for its caller's tools is streamed again up to the call") {
  OpenAiWorld world;
  const std::vector<Json> first =
      world.stream(Json{{"model", "agent/helper"}, {"input", "tool Oslo"}, {"tools", kWeather}});
  const std::string again = "/v1/responses/" + id_of(first) + "?stream=true";
  CHECK(outline(world.stream(again)) == outline(first));
}

TEST_CASE("a run that goes on with its caller's results answers under another id each time") {
  OpenAiWorld world;
  const Json first = world.respond(Json{{"model", "agent/helper"},
                                        {"input", "tool Oslo"},
                                        {"tools", kWeather},
                                        {"metadata", {{"turn", "one"}}}});
  const std::string first_id = string_at(first, "id");
  Json call;
  for (const Json& item : first["output"]) {
    if (item["type"] == "function_call") call = item;
  }
  const Json result{
      {"type", "function_call_output"}, {"call_id", call["call_id"]}, {"output", "3 degrees"}};
  const Json second = world.respond(Json{{"model", "agent/helper"},
                                         {"input", Json::array({result})},
                                         {"previous_response_id", first_id},
                                         {"metadata", {{"turn", "two"}}}});
  const std::string second_id = string_at(second, "id");
  INFO(to_text(second));
  REQUIRE(second_id == first_id + "_2");
  CHECK(second["previous_response_id"] == first_id);
  const Json kept = json_of(world.ask("GET", "/v1/responses/" + first_id));
  CHECK(kept["output"] == first["output"]);
  CHECK(kept["metadata"]["turn"] == "one");
  const Json newest = json_of(world.ask("GET", "/v1/responses/" + second_id));
  CHECK(newest["output"] == second["output"]);
  CHECK(newest["metadata"]["turn"] == "two");
  CHECK(to_text(newest["output"]).find("3 degrees") != std::string::npos);
  CHECK(newest["output"].back()["id"] != first["output"].back()["id"]);
  for (const std::string& id : {first_id, second_id}) {
    const std::vector<Json> again = world.stream("/v1/responses/" + id + "?stream=true");
    CHECK(again.back()["type"] == "response.completed");
    CHECK(string_at(again.back()["response"], "id") == id);
  }
  CHECK(world.ask("GET", "/v1/responses/" + first_id + "_3").status == 404);
  CHECK(world.ask("DELETE", "/v1/responses/" + second_id).status == 200);
  CHECK(world.ask("GET", "/v1/responses/" + first_id).status == 404);
}

TEST_CASE("what asks for a stream otherwise than it can be had is refused by its name") {
  OpenAiWorld world;
  const std::string id = string_at(world.respond(Json{{"input", "say x"}}), "id");
  for (const auto& [query, param] : std::vector<std::pair<std::string, std::string>>{
           {"?starting_after=3", "starting_after"},
           {"?stream=true&starting_after=-3", "starting_after"},
           {"?stream=true&starting_after=x", "starting_after"},
           {"?stream=perhaps", "stream"}}) {
    const HttpResponse response = world.ask("GET", "/v1/responses/" + id + query);
    CHECK(response.status == 400);
    CHECK(json_of(response)["error"]["param"] == param);
  }
  CHECK(world.ask("GET", "/v1/responses/resp_x?stream=true").status == 404);
}

TEST_CASE("what a response was asked is listed, with what was said before it") {
  OpenAiWorld world;
  const Json first = world.respond(Json{{"input", "say one"}, {"instructions", "Be brief."}});
  const Json next =
      world.respond(Json{{"input", "say two"}, {"previous_response_id", string_at(first, "id")}});
  const std::string list = "/v1/responses/" + string_at(next, "id") + "/input_items";
  const Json items = json_of(world.ask("GET", list + "?order=asc&include=x"));
  REQUIRE(items["data"].size() == 4);
  CHECK(items["data"][0]["content"][0]["text"] == "say one");
  CHECK(items["data"][1]["type"] == "reasoning");
  CHECK(items["data"][2]["content"][0]["text"] == "one");
  CHECK(items["data"][3]["content"][0]["text"] == "say two");
  CHECK(json_of(world.ask("GET", list + "?limit=1"))["data"][0] == items["data"][3]);
  for (const char* wrong : {"?limit=0", "?limit=101", "?limit=x", "?order=up", "?after=x"}) {
    CHECK(world.ask("GET", list + wrong).status == 400);
  }
  CHECK(world.ask("GET", "/v1/responses/resp_x/input_items").status == 404);
}

TEST_CASE("an agent's response lists what it was begun with") {
  OpenAiWorld world;
  const Json body{{"model", "agent/helper"},
                  {"instructions", "Be brief."},
                  {"input", Json::parse(R"([{"role": "user", "content": "say one"},
                    {"role": "assistant", "content": "one"},
                    {"role": "user", "content": "first"}])")}};
  const Json answered = world.respond(body);
  INFO(to_text(answered));
  const std::string id = string_at(answered, "id");
  const Json items = json_of(world.ask("GET", "/v1/responses/" + id + "/input_items?order=asc"));
  REQUIRE(member_at(items, "data").size() == 3);
  CHECK(items["data"][2]["content"][0]["text"] == "first");
}

TEST_CASE("a conversation lists what was said in it and keeps what is noted of it") {
  OpenAiWorld world;
  const std::string id = string_at(json_of(world.ask("POST", "/v1/conversations")), "id");
  const std::string path = "/v1/conversations/" + id;
  CHECK(json_of(world.ask("GET", path + "/items"))["data"].empty());
  world.respond(Json{{"input", "say one"}, {"conversation", id}});
  world.respond(Json{{"input", "say two"}, {"conversation", id}});
  const Json items = json_of(world.ask("GET", path + "/items?order=asc"));
  const std::string all = to_text(items["data"]);
  std::size_t at = 0;
  for (const char* said : {"say one", "\"one\"", "say two", "\"two\""}) {
    INFO(all << " " << said);
    at = all.find(said, at);
    REQUIRE(at != std::string::npos);
  }
  const Json changed = json_of(world.ask("POST", path, Json{{"metadata", {{"k", "v"}}}}));
  CHECK(changed["metadata"] == Json({{"k", "v"}}));
  CHECK(json_of(world.ask("GET", path)) == changed);
  CHECK(world.ask("GET", path + "/items").status == 200);
  CHECK(world.ask("POST", path, Json{{"colour", "red"}}).status == 400);
  CHECK(world.ask("GET", "/v1/conversations/conv_x/items").status == 404);
}

TEST_CASE("an agent's conversation lists what was said in it") {
  OpenAiWorld world;
  const std::string id = string_at(json_of(world.ask("POST", "/v1/conversations")), "id");
  for (const char* words : {"say one", "say two"}) {
    world.respond(Json{{"model", "agent/helper"}, {"input", words}, {"conversation", id}});
  }
  const Json items =
      json_of(world.ask("GET", "/v1/conversations/" + id + "/items?order=asc"))["data"];
  const std::string all = to_text(items);
  INFO(all);
  CHECK(all.find("say one") < all.find("say two"));
  CHECK(all.find("say two") != std::string::npos);
}

TEST_CASE("of two requests at once to a conversation one is refused and none is lost") {
  OpenAiWorld world;
  const std::string id = string_at(json_of(world.ask("POST", "/v1/conversations")), "id");
  HttpRequest request;
  request.method = "POST";
  request.url = world.url("/v1/responses");
  request.headers.add("Content-Type", "application/json");
  request.body = to_text(
      Json{{"model", "route/default"}, {"input", "say x"}, {"conversation", id}, {"stream", true}});
  EventReader first(world, request);
  EventReader second(world, request);
  first.wait_for_end();
  second.wait_for_end();
  CHECK(std::min(first.status, second.status) == 200);
  CHECK(std::max(first.status, second.status) == 409);
}

TEST_CASE("calls are listed by the ids that the client knows them by") {
  OpenAiWorld world;
  const Json called = world.respond(Json{{"input", "tool Oslo"}, {"tools", kWeather}});
  Json call;
  for (const Json& item : called["output"]) {
    if (item["type"] == "function_call") call = item;
  }
  REQUIRE(call.is_object());
  const Json result{
      {"type", "function_call_output"}, {"call_id", call["call_id"]}, {"output", "3 degrees"}};
  const Json next = world.respond(Json{{"previous_response_id", called["id"]},
                                       {"tools", kWeather},
                                       {"input", Json::array({result})}});
  const std::string list = "/v1/responses/" + string_at(next, "id") + "/input_items?order=asc";
  const Json items = json_of(world.ask("GET", list));
  REQUIRE(items["data"].size() == 3);
  CHECK(items["data"][1]["call_id"] == call["call_id"]);
  CHECK(items["data"][2]["call_id"] == call["call_id"]);
  CHECK(items["data"][2]["output"] == "3 degrees");
}

}  // namespace yoke::testing
