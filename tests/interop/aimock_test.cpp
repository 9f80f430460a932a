#include "tests/interop/aimock.h"

#include <catch2/catch.hpp>

#include "tests/support/temp_project.h"

// Against a server that others wrote, on each endpoint that it serves. What it does not check, or
// does unlike the vendor, tests/models and tests/support see to.
namespace yoke::testing {
namespace {

const ModelReply& reply_in(const ModelOutcome& outcome) {
  const auto* failure = std::get_if<ModelFailure>(&outcome);
  if (failure != nullptr) throw std::runtime_error(failure->message);
  return std::get<ModelReply>(outcome);
}

const ModelFailure& failure_in(const ModelOutcome& outcome) {
  const auto* failure = std::get_if<ModelFailure>(&outcome);
  if (failure == nullptr) throw std::runtime_error("a reply, although a failure was expected");
  return *failure;
}

ToolSpec weather() {
  ToolSpec tool;
  tool.name = "weather.now";
  tool.description = "The weather of a place.";
  tool.input_schema = {{"type", "object"}, {"properties", {{"place", {{"type", "string"}}}}}};
  return tool;
}

TEST_CASE("aimock's answer arrives from each endpoint, plain and streamed") {
  const Aimock aimock;
  for (const Endpoint& endpoint : endpoints()) {
    for (const bool streams : {false, true}) {
      INFO(name_of(endpoint) << (streams ? ", streamed" : ""));
      Talk talk(aimock, endpoint);
      const ModelOutcome outcome = talk.say("say hello", streams);
      CHECK(text_of(reply_in(outcome).message) == "Hello there, world.");
      CHECK(reply_in(outcome).finish == Finish::stop);
      if (streams) CHECK(talk.streamed == "Hello there, world.");
    }
  }
}

TEST_CASE(
    "aimock's thoughts arrive as thoughts, from each endpoint that shows them as its vendor") {
  const Aimock aimock;
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.preset == "ollama") continue;  // it calls them otherwise than Ollama does
    for (const bool streams : {false, true}) {
      INFO(name_of(endpoint) << (streams ? ", streamed" : ""));
      Talk talk(aimock, endpoint);
      const ModelOutcome outcome = talk.say("think aloud", streams);
      CHECK(reasoning_of(reply_in(outcome).message) == "Two and two.");
      CHECK(text_of(reply_in(outcome).message) == "It is four.");
    }
  }
}

TEST_CASE("a tool is called and its result told to aimock's endpoints, plain and streamed") {
  const Aimock aimock;
  for (const Endpoint& endpoint : endpoints()) {
    for (const bool streams : {false, true}) {
      INFO(name_of(endpoint) << (streams ? ", streamed" : ""));
      Talk talk(aimock, endpoint);
      talk.request.tools.push_back(weather());
      const ModelOutcome called = talk.say("weather in Oslo", streams);
      CHECK(reply_in(called).finish == Finish::tool_calls);
      const auto& parts = reply_in(called).message.parts;
      REQUIRE_FALSE(parts.empty());
      const auto& call = std::get<ToolCallPart>(parts.back());  // after an enciphered thought
      CHECK(call.name == "weather.now");
      CHECK(call.args == Json({{"place", "Oslo"}}));
      const ModelOutcome told = talk.answer_calls(reply_in(called), "3 degrees", streams);
      CHECK(text_of(reply_in(told).message) == "It is 3 degrees in Oslo.");
    }
  }
}

TEST_CASE("a stream that aimock breaks off is cut, whatever came of it before") {
  const Aimock aimock;
  for (const Endpoint& endpoint : endpoints()) {
    INFO(name_of(endpoint));
    Talk talk(aimock, endpoint);
    const ModelOutcome outcome = talk.say("break off", true);
    CHECK(failure_in(outcome).fault == StreamFault::cut);
    CHECK(talk.streamed.size() < 40);
  }
}

TEST_CASE("aimock's refusals have their class on each endpoint") {
  const Aimock aimock;
  const std::vector<std::pair<std::string, FailureClass>> expected{
      {"be busy", FailureClass::quota},
      {"be overloaded", FailureClass::server},
      {"be refused", FailureClass::client}};
  for (const Endpoint& endpoint : endpoints()) {
    for (const auto& [text, failure_class] : expected) {
      INFO(name_of(endpoint) << ": " << text);
      Talk talk(aimock, endpoint);
      const ModelOutcome outcome = talk.say(text, true);
      CHECK(name_of(failure_in(outcome).failure_class) == name_of(failure_class));
    }
  }
}

TEST_CASE("aimock's chaos ends in the failure that it is, on each endpoint") {
  struct Chaos {
    std::string header;
    FailureClass failure_class;
  };
  const std::vector<Chaos> all{{"x-aimock-chaos-drop", FailureClass::server},
                               {"x-aimock-chaos-malformed", FailureClass::malformed},
                               {"x-aimock-chaos-disconnect", FailureClass::network},
                               {"x-aimock-chaos-ratelimit", FailureClass::quota}};
  const Aimock aimock;
  for (const Endpoint& endpoint : endpoints()) {
    for (const Chaos& chaos : all) {
      for (const bool streams : {false, true}) {
        INFO(name_of(endpoint) << ": " << chaos.header << (streams ? ", streamed" : ""));
        Talk talk(aimock, endpoint, {{chaos.header, "1"}});
        const ModelOutcome outcome = talk.say("say hello", streams);
        CHECK(name_of(failure_in(outcome).failure_class) == name_of(chaos.failure_class));
        CHECK(talk.streamed.empty());
      }
    }
  }
}

TEST_CASE("aimock's vectors arrive in the order of the texts") {
  const Aimock aimock;
  Talk talk(aimock, {"openai", "/v1"});
  const EmbedOutcome outcome = talk.embed({"a cat"});
  const auto* failure = std::get_if<ModelFailure>(&outcome);
  if (failure != nullptr) FAIL(failure->message);
  const auto& reply = std::get<EmbedReply>(outcome);
  CHECK(reply.vectors == std::vector<std::vector<float>>{{1, 0, 0.5}});
  CHECK(reply.target == "peer/m");
}

TEST_CASE("the program asks aimock by each of its endpoints") {
  const Aimock aimock;
  const TempProject project(YOKE_PROGRAM);
  std::string config;
  const std::vector<Endpoint> all = endpoints();
  for (std::size_t at = 0; at < all.size(); ++at) {
    config += "[backends.peer" + std::to_string(at) + "]\npreset = \"" + all[at].preset +
              "\"\nbase_url = \"http://127.0.0.1:" + std::to_string(aimock.port()) + all[at].path +
              "\"\nprices = { input = 1.0, output = 1.0 }\n";
    if (!all[at].api.empty()) config += "api = \"" + all[at].api + "\"\n";
    if (all[at].preset != "ollama") config += "api_key = \"env:PEER_KEY\"\n";
  }
  project.write("yoke.toml", config);
  const auto program = [&project](const Args& args) {
    ProcessOptions options = project.options(args);
    options.env["PEER_KEY"] = "key-of-the-peer";
    return project.yoke(options);
  };
  for (std::size_t at = 0; at < all.size(); ++at) {
    const std::string target = "peer" + std::to_string(at) + "/m";
    const Ended ended = program({"models", "ask", target, "say hello"});
    INFO(name_of(all[at]) << ": " << ended.err);
    CHECK(ended.status == 0);
    CHECK(ended.out == "Hello there, world.\n");
    CHECK(ended.err.find("key-of-the-peer") == std::string::npos);
  }
  const Ended embedded = program({"models", "embed", "peer0/m", "a cat", "--json"});
  INFO(embedded.err);
  CHECK(embedded.status == 0);
  CHECK(parse_json(embedded.out).value()["dimensions"] == 3);
}

}  // namespace
}  // namespace yoke::testing
