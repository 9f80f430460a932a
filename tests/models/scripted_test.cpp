#include "models/scripted.h"

#include <catch2/catch.hpp>

#include "tests/models/fake_scripts.h"
#include "tests/models/fake_sender.h"
#include "tests/support/test_loop.h"

namespace yoke {
namespace {

std::unique_ptr<Backend> made(FakeScripts& scripts) {
  auto backend = ScriptedBackend::make("demo", demo_source(), scripts);
  return std::move(backend.value());
}

ModelOutcome call(FakeScripts& scripts, ModelRequest request, DeltaSink sink = {}) {
  const auto backend = made(scripts);
  TestLoop loop;
  return run(loop.io, backend->call(std::move(request), kNoDeadline, std::move(sink)));
}

TEST_CASE("a scripted model is given the canonical request and answers in its own name") {
  FakeScripts scripts;
  scripts.value = {{"reasoning", "hm"}, {"text", "Hi"}};
  const ModelRequest request = hello("weather-demo");
  const ModelOutcome outcome = call(scripts, request);
  const ModelReply& reply = reply_in(outcome);
  CHECK(text_of(reply.message) == "Hi");
  CHECK(reasoning_of(reply.message) == "hm");
  CHECK(reply.finish == Finish::stop);
  CHECK(reply.cost == 0);
  CHECK(reply.usage.estimated);
  const std::string hash = hash_of(*demo_source());
  CHECK(reply.model == "scripted:weather-demo@" + hash.substr(0, 12));
  REQUIRE(scripts.calls.size() == 1);
  CHECK(scripts.calls[0].profile == "model");
  CHECK(scripts.calls[0].function == "reply");
  CHECK(scripts.calls[0].args == Json::array({to_json(request)}));
  CHECK(scripts.calls[0].permissions == Json::object());
}

TEST_CASE("a scripted model costs what its usage does at the prices that are given for it") {
  FakeScripts scripts;
  scripts.value = {{"text", "Hi"}, {"usage", {{"input", 1000}, {"output", 10}}}};
  Price price;
  price.input = 2 * kNanoPerUsd;
  price.output = 3 * kNanoPerUsd;
  const PriceMap prices{{"weather-*", price}};
  const auto backend = ScriptedBackend::make("demo", demo_source(), scripts, prices).value();
  CHECK(backend->price_of("weather-demo").value().output == price.output);
  CHECK(backend->price_of("other").value().output == 0);
  TestLoop loop;
  const ModelOutcome outcome = run(loop.io, backend->call(hello("weather-demo"), kNoDeadline, {}));
  CHECK(reply_in(outcome).cost == 2'000'000 + 30'000);
}

TEST_CASE("a script that computes past the call's deadline has not answered in time") {
  FakeScripts scripts;
  scripts.takes = std::chrono::seconds(2);
  const auto backend = made(scripts);
  TestLoop loop;
  const Deadline deadline = LoopClock::now() + std::chrono::seconds(1);
  const ModelOutcome outcome = run(loop.io, backend->call(hello("weather-demo"), deadline, {}));
  CHECK(failure_in(outcome).failure_class == FailureClass::timed_out);
  CHECK(failure_in(outcome).message ==
        "scripted model 'demo/weather-demo': it had not ended at the call's deadline");
}

TEST_CASE("a script's own counts are held within bounds") {
  FakeScripts scripts;
  scripts.value = {{"text", "Hi"}, {"usage", {{"input", -5}, {"output", 4'000'000'000'000'000}}}};
  const Usage usage = reply_in(call(scripts, hello("weather-demo"))).usage;
  CHECK(usage.input == 0);
  CHECK(usage.output == kTokensMax);
}

TEST_CASE("calls get ids counted over the conversation, the same for the same request") {
  FakeScripts scripts;
  const Json one = {{"tool", "weather.now"}, {"args", {{"place", "Oslo"}}}};
  const Json two = {{"tool", "time.now"}};
  const Json three = {{"tool", "time.now"}, {"id", "mine"}, {"args", Json::array()}};
  scripts.value = {{"calls", {one, two, three}}};
  ModelRequest request = hello("weather-demo");
  request.messages.push_back(assistant({call_part("call_1", "weather.now", Json::object())}));
  request.messages.push_back(tool_result("call_1", "weather.now", "3"));
  const ModelOutcome outcome = call(scripts, request);
  const ModelReply& reply = reply_in(outcome);
  CHECK(reply.finish == Finish::tool_calls);
  const auto calls = calls_in(reply.message);
  REQUIRE(calls.size() == 3);
  CHECK(calls[0].id == "call_2");
  CHECK(calls[0].args == Json({{"place", "Oslo"}}));
  CHECK(calls[1].id == "call_3");
  CHECK(calls[2].id == "mine");
  CHECK(calls[2].args == Json::object());
}

TEST_CASE("a scripted reply streams in small pieces that make the whole") {
  FakeScripts scripts;
  scripts.value = {{"reasoning", "one two three four five six"},
                   {"text", "\u00e6\u00f8\u00e5\u00e6\u00f8\u00e5\u00e6\u00f8\u00e5\u00e6 end"},
                   {"calls", {{{"tool", "t"}, {"args", {{"n", 1}}}}}}};
  std::string text;
  std::string reasoning;
  std::vector<std::string> others;
  int pieces = 0;
  const DeltaSink sink = [&](const Delta& delta) {
    ++pieces;
    REQUIRE(is_valid_utf8(delta.text));
    if (delta.kind == Delta::Kind::text)
      text += delta.text;
    else if (delta.kind == Delta::Kind::reasoning)
      reasoning += delta.text;
    else
      others.push_back(Deltas::shown(delta));
  };
  call(scripts, hello("weather-demo"), sink);
  CHECK(text == scripts.value["text"].get<std::string>());
  CHECK(reasoning == "one two three four five six");
  CHECK(others == std::vector<std::string>{"args0(t):{\"n\":1}"});
  CHECK(pieces > 5);
}

TEST_CASE("an error in the script is a failure with its place, and is not tried again") {
  FakeScripts scripts;
  scripts.outcome = Outcome::error;
  scripts.message = "models/demo.lua:3: attempt to index a nil value";
  const ModelOutcome outcome = call(scripts, hello("weather-demo"));
  const ModelFailure& failure = failure_in(outcome);
  CHECK(failure.failure_class == FailureClass::client);
  CHECK_FALSE(failure.retryable);
  CHECK(failure.message ==
        "scripted model 'demo/weather-demo': models/demo.lua:3: attempt to index a nil value");
}

TEST_CASE("what a script must not return is named") {
  const std::vector<std::pair<Json, std::string>> cases{
      {7, "it must return a table"},
      {Json::object(), "it returned neither 'text' nor 'calls'"},
      {{{"text", 7}}, "'text' must be a string"},
      {{{"calls", "x"}}, "'calls' must be a list"},
      {{{"calls", {1}}}, "calls[1] must be a table with 'tool' and 'args'"},
      {{{"calls", {{{"args", Json::object()}}}}}, "calls[1].tool must name a tool"},
      {{{"calls", {{{"tool", "t"}, {"args", "x"}}}}},
       "calls[1].args must be a table with named fields"},
  };
  for (const auto& [value, message] : cases) {
    FakeScripts scripts;
    scripts.value = value;
    const ModelOutcome outcome = call(scripts, hello("weather-demo"));
    CHECK(failure_in(outcome).message ==
          "scripted model 'demo/weather-demo': models/demo.lua: " + message);
  }
}

TEST_CASE("a file that defines no usable model is refused with its place") {
  const auto refusal = [](FakeScripts& scripts) {
    return ScriptedBackend::make("demo", demo_source(), scripts).error().message();
  };
  FakeScripts syntax;
  syntax.define_error = Error{Errc::invalid, "unexpected symbol near '}'", "models/demo.lua:4"};
  CHECK(refusal(syntax) == "backends.demo.script: models/demo.lua:4: unexpected symbol near '}'");
  FakeScripts tool;
  tool.definitions[0].kind = "tool";
  CHECK(refusal(tool) == "backends.demo.script: models/demo.lua returns no model { … }");
  FakeScripts silent;
  silent.definitions[0].functions.clear();
  CHECK(refusal(silent) ==
        "backends.demo.script: models/demo.lua:2: model 'weather-demo' has no function 'reply'");
}

TEST_CASE("a model that the file does not define is not found, with the nearest name") {
  FakeScripts scripts;
  const auto backend = made(scripts);
  CHECK(backend->check_model("weather-demo").has_value());
  const Error error = backend->check_model("wether-demo").error();
  CHECK(error.code == Errc::not_found);
  CHECK(error.message() ==
        "backend 'demo' has no model named 'wether-demo' (did you mean 'weather-demo'?); "
        "models/demo.lua defines weather-demo");
}

}  // namespace
}  // namespace yoke
