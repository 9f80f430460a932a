#include <catch2/catch.hpp>

#include "hosts/hook/anthropic/anthropic.h"
#include "hosts/hook/api/api.h"
#include "hosts/hook/openai/openai.h"
#include "runtime/engine/reader.h"
#include "tests/hook/hook_world.h"

// Agents of several parts and workflows, for clients that speak OpenAI's and Anthropic's wires.
namespace yoke::testing {
namespace {

// Whoever may hand over does so when money is named; others say who they are.
constexpr const char* kHandingModel = R"lua(return model { name = "desk", reply = function(request)
  local parts = request.messages[#request.messages].parts
  local said = parts[1].text or ""
  for _, tool in ipairs(request.tools or {}) do
    if tool.name:find("^handoff:") and said:find("money") then
      return { text = "One moment.", calls = { { tool = tool.name, args = { note = "urgent" } } } }
    end
  end
  return { text = "the " .. request.instructions:match("I am the (%w+)") .. " answers" }
end }
)lua";

constexpr const char* kDesk =
    "return agent { name = 'desk', model = 'desks/desk', instructions = 'I am the desk', "
    "tools = {}, handoff = { 'bank' } }";
constexpr const char* kBank =
    "return agent { name = 'bank', model = 'desks/desk', instructions = 'I am the bank', "
    "tools = {} }";
constexpr const char* kParcel =
    "return workflow { name = 'parcel', run = function(w)\n"
    "  return 'it is ' .. w.signal('shipped') .. ' by now'\nend }";
constexpr const char* kSender =
    "return workflow { name = 'sender', agents = { 'parcel', 'shy' }, run = function(w)\n"
    "  return w.agent('parcel', { task = 'send it' })\nend }";
constexpr const char* kShy =
    "return workflow { name = 'shy', run = function(w)\n"
    "  return 'you said ' .. w.ask { title = 'May I?', choices = { 'yes', 'no' } }\nend }";
constexpr const char* kAsker =
    "return workflow { name = 'asker', agents = { 'shy' }, run = function(w)\n"
    "  return w.agent('shy', { task = 'go on' })\nend }";
constexpr const char* kDated =
    "return workflow { name = 'dated', run = function() return 'done' end }";

constexpr const char* kDecliner =
    "return agent { name = 'decliner', model = 'decliners/decliner', instructions = 'Decline', "
    "tools = {} }";
constexpr const char* kDecliningModel =
    "return model { name = 'decliner', reply = function()\n"
    "  return { text = 'I will not.', finish = 'refusal' }\nend }";

constexpr const char* kDesks = R"toml(
[backends.desks]
preset = "scripted"
script = "models/desk.lua"

[backends.decliners]
preset = "scripted"
script = "models/decliner.lua"
)toml";

class ChatWorld : public HookWorld {
 public:
  ChatWorld()
      : HookWorld(
            [](Endpoints& endpoints, const HookServices& services) {
              add_api(endpoints, services);
              add_openai(endpoints, services);
              add_anthropic(endpoints, services);
            },
            kDesks,
            {{"models/desk.lua", kHandingModel},
             {"models/decliner.lua", kDecliningModel},
             {"agents/decliner.lua", kDecliner},
             {"agents/desk.lua", kDesk},
             {"agents/bank.lua", kBank},
             {"workflows/parcel.lua", kParcel},
             {"workflows/sender.lua", kSender},
             {"workflows/shy.lua", kShy},
             {"workflows/asker.lua", kAsker},
             {"workflows/dated.lua", kDated}}) {}

  Json chat(const std::string& agent, const std::string& words, bool stream = false) {
    const Json messages = Json::array({{{"role", "user"}, {"content", words}}});
    const HttpResponse reply =
        ask("POST", "/v1/chat/completions",
            {{"model", "agent/" + agent}, {"messages", messages}, {"stream", stream}});
    INFO(reply.body);
    REQUIRE(reply.status == 200);
    return stream ? Json(reply.body) : json_of(reply);
  }
  Json message(const std::string& agent, const std::string& words, bool stream = false) {
    const Json messages = Json::array({{{"role", "user"}, {"content", words}}});
    const HttpResponse reply = ask("POST", "/v1/messages",
                                   {{"model", "agent/" + agent},
                                    {"max_tokens", 100},
                                    {"messages", messages},
                                    {"stream", stream}},
                                   version());
    INFO(reply.body);
    REQUIRE(reply.status == 200);
    return stream ? Json(reply.body) : json_of(reply);
  }
  // The newest run of all, and its state.
  RunState newest() {
    const Json runs = json_of(ask("GET", "/v1/runs"))["runs"];
    auto reading = read_state_at(app().store(), string_at(runs.at(0), "run"), 0);
    return run(loop.io, std::move(reading)).value();
  }
  std::string newest_of(const std::string& agent) {
    const Json runs = json_of(ask("GET", "/v1/runs?agent=" + agent))["runs"];
    return string_at(runs.at(0), "run");
  }
  std::string text_of_run(const std::string& run_id) {
    HttpHeaders stream;
    stream.set("Accept", "text/event-stream");
    ask("GET", "/v1/runs/" + run_id + "/events", nullptr, stream);  // ends with the run
    return string_at(json_of(ask("GET", "/v1/runs/" + run_id)), "text");
  }

 private:
  static HttpHeaders version() {
    HttpHeaders headers;
    headers.set("anthropic-version", "2023-06-01");
    return headers;
  }
};

std::string words_of(const Json& completion) {
  return string_at(completion["choices"][0]["message"], "content");
}

// The run whose address is told.
std::string named_in(const std::string& words) {
  const std::string before = "POST /v1/runs/";
  const std::size_t begin = words.find(before) + before.size();
  return words.substr(begin, words.find('/', begin) - begin);
}

}  // namespace

TEST_CASE("the agent that a conversation was handed to answers a chat client") {
  ChatWorld world;
  CHECK(words_of(world.chat("desk", "good morning")) == "the desk answers");
  CHECK(words_of(world.chat("desk", "my money")) == "the bank answers");
  CHECK(string_at(world.message("desk", "my money")["content"][0], "text") == "the bank answers");
  const std::string streamed = world.chat("desk", "my money", true).get<std::string>();
  CHECK(streamed.find("the bank answers") != std::string::npos);
  const std::string events = world.message("desk", "my money", true).get<std::string>();
  CHECK(events.find("the bank answers") != std::string::npos);
}

TEST_CASE("an agent whose model declines answers so, and is not asked again") {
  ChatWorld world;
  const Json completion = world.chat("decliner", "do it");
  CHECK(words_of(completion) == "I will not.");
  CHECK(string_at(completion["choices"][0], "finish_reason") == "stop");
  const Json message = world.message("decliner", "do it");
  CHECK(string_at(message, "stop_reason") == "refusal");
  CHECK(string_at(message["content"][0], "text") == "I will not.");
  const HttpResponse made =
      world.ask("POST", "/v1/responses", {{"model", "agent/decliner"}, {"input", "do it"}});
  INFO(made.body);
  REQUIRE(made.status == 200);
  const Json response = json_of(made);
  const Json again = json_of(world.ask("GET", "/v1/responses/" + string_at(response, "id")));
  CHECK(again["output"] == response["output"]);
  CHECK(again["status"] == "completed");
}

TEST_CASE("over the API a session goes on with the agent that it was handed to") {
  ChatWorld world;
  const auto said = [&](const char* words) {
    const HttpResponse reply = world.ask("POST", "/v1/sessions/s1/messages?wait=60s",
                                         {{"agent", "desk"}, {"task", words}});
    return string_at(json_of(reply), "text");
  };
  CHECK(said("my money") == "the bank answers");
  CHECK(said("and now") == "the bank answers");
}

TEST_CASE("a chat client is shown what all agents used that worked on its answer") {
  ChatWorld world;
  const Json completion = world.chat("desk", "my money");
  const RunState state = world.newest();
  REQUIRE(state.children_usage.input > 0);
  CHECK(integer_at(completion["usage"], "prompt_tokens") ==
        state.usage.input + state.children_usage.input);
  CHECK(integer_at(completion["usage"], "completion_tokens") ==
        state.usage.output + state.children_usage.output);
  const Json message = world.message("desk", "my money");
  CHECK(integer_at(message["usage"], "output_tokens") ==
        state.usage.output + state.children_usage.output);
  const Json shown = json_of(world.ask("GET", "/v1/runs/" + state.run_id));
  CHECK(integer_at(shown["usage"], "steps") == 1);
  CHECK(integer_at(shown["usage"]["children"], "steps") == 1);
  CHECK(integer_at(shown["usage"]["children"], "runs") == 1);
}

TEST_CASE("a chat client is told that a workflow waits for a signal, and how it is sent") {
  ChatWorld world;
  const std::string chat = words_of(world.chat("parcel", "go"));
  const std::string id = world.newest().run_id;
  CHECK(chat.find("Waiting for the signal 'shipped'.") != std::string::npos);
  CHECK(chat.find("POST /v1/runs/" + id + "/signals {\"name\": \"shipped\"") != std::string::npos);
  const Json message = world.message("parcel", "go");
  const std::string second = world.newest().run_id;
  CHECK(string_at(message["content"][0], "text") ==
        "Waiting for the signal 'shipped'.\nSend it with POST /v1/runs/" + second +
            "/signals {\"name\": \"shipped\", \"data\": …}, or: yoke runs signal " + second +
            " shipped");
  CHECK(string_at(message, "stop_reason") == "end_turn");
  const std::string streamed = world.chat("parcel", "go", true).get<std::string>();
  CHECK(streamed.find("Waiting for the signal 'shipped'.") != std::string::npos);
  CHECK(string_at(json_of(world.ask("GET", "/v1/runs/" + id)), "status") == "waiting");
}

TEST_CASE("a chat client is told what a run below its own asks or awaits, and of which run") {
  ChatWorld world;
  const std::string waits = words_of(world.chat("sender", "go"));
  const std::string sender = world.newest_of("sender");
  INFO(waits);
  REQUIRE(waits.find("Waiting for the signal 'shipped'.") != std::string::npos);
  CHECK(waits.find(sender) == std::string::npos);
  world.ask("POST", "/v1/runs/" + named_in(waits) + "/signals",
            {{"name", "shipped"}, {"data", "here"}});
  CHECK(world.text_of_run(sender) == "it is here by now");

  const std::string asks = words_of(world.chat("asker", "go"));
  const std::string asker = world.newest_of("asker");
  INFO(asks);
  REQUIRE(asks.find("Waiting for an answer: May I?") != std::string::npos);
  const Json shown = json_of(world.ask("GET", "/v1/runs/" + named_in(asks)));
  const std::string question = string_at(shown["questions"][0], "question");
  CHECK(asks.find("{\"question\": \"" + question + "\"") != std::string::npos);
  world.ask("POST", "/v1/runs/" + named_in(asks) + "/answers",
            {{"question", question}, {"value", "yes"}});
  CHECK(world.text_of_run(asker) == "you said yes");
}

TEST_CASE("whoever is to approve is shown the same on both wires: the call and its arguments") {
  ChatWorld world;
  const std::string chat = words_of(world.chat("helper", "open"));
  const Json message = world.message("helper", "open");
  const std::string text = string_at(message["content"].back(), "text");
  INFO(text);
  for (const char* what : {"door.open", "anna", "/answers"}) {
    CHECK(chat.find(what) != std::string::npos);
    CHECK(text.find(what) != std::string::npos);
  }
}

TEST_CASE("what a client says behind the results of its tools goes on with the run, too") {
  ChatWorld world;
  const Json tools = Json::parse(R"([{"type": "function", "function": {"name": "weather",
    "parameters": {"type": "object"}}}])");
  Json messages = Json::array({{{"role", "user"}, {"content", "tool Oslo"}}});
  const auto asked = [&](const Json& said) {
    return world.ask("POST", "/v1/chat/completions",
                     {{"model", "agent/helper"}, {"messages", said}, {"tools", tools}});
  };
  const Json first = json_of(asked(messages));
  const Json made = first["choices"][0]["message"];
  const std::string run_id = world.newest().run_id;
  const Json call_id = made["tool_calls"][0]["id"];
  messages.push_back(made);
  messages.push_back({{"role", "tool"}, {"tool_call_id", call_id}, {"content", "3 degrees"}});
  Json shown = messages;
  shown.push_back(Json::parse(R"({"role": "user", "content": [
    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]})"));
  const HttpResponse refused = asked(shown);
  CHECK(refused.status == 400);
  CHECK(refused.body.find("no image") != std::string::npos);
  messages.push_back({{"role", "user"}, {"content", "be brief"}});
  const HttpResponse second = asked(messages);
  INFO(second.body);
  REQUIRE(second.status == 200);
  CHECK(words_of(json_of(second)) == "it said: 3 degrees\n\nbe brief");
  CHECK(world.newest().run_id == run_id);
}

TEST_CASE("an image that an agent's run cannot take as a result is refused by its place") {
  ChatWorld world;
  HttpHeaders version;
  version.set("anthropic-version", "2023-06-01");
  Json body = Json::parse(R"({"model": "agent/helper", "max_tokens": 100,
    "tools": [{"name": "weather", "input_schema": {"type": "object"}}],
    "messages": [{"role": "user", "content": "tool Oslo"}]})");
  const Json first = json_of(world.ask("POST", "/v1/messages", body, version));
  const Json id = first["content"].back()["id"];
  body["messages"].push_back({{"role", "assistant"}, {"content", first["content"]}});
  Json result = Json::parse(R"({"type": "tool_result", "content": [{"type": "image",
    "source": {"type": "url", "url": "https://example.com/a.png"}}]})");
  result["tool_use_id"] = id;
  body["messages"].push_back({{"role", "user"}, {"content", Json::array({result})}});
  const HttpResponse refused = world.ask("POST", "/v1/messages", body, version);
  INFO(refused.body);
  CHECK(refused.status == 400);
  CHECK(refused.body.find("messages.2.content") != std::string::npos);
}

TEST_CASE("a response that waits for a signal says so when it is read again") {
  ChatWorld world;
  const Json made =
      json_of(world.ask("POST", "/v1/responses", {{"model", "agent/parcel"}, {"input", "go"}}));
  const std::string text = to_text(made["output"]);
  CHECK(text.find("Waiting for the signal 'shipped'.") != std::string::npos);
  const Json again = json_of(world.ask("GET", "/v1/responses/" + string_at(made, "id")));
  CHECK(to_text(again["output"]) == text);
  CHECK(again["status"] == made["status"]);
}

TEST_CASE("a workflow without an input is started by its name alone") {
  ChatWorld world;
  const HttpResponse made = world.ask("POST", "/v1/runs?wait=60s", Json{{"agent", "dated"}});
  INFO(made.body);
  REQUIRE(made.status == 201);
  CHECK(string_at(json_of(made), "text") == "done");
  const HttpResponse idle = world.ask("POST", "/v1/runs", Json{{"agent", "desk"}});
  CHECK(idle.status == 422);
  CHECK(string_at(json_of(idle), "param") == "/task");
}

}  // namespace yoke::testing
