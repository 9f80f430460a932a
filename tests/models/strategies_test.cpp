#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <catch2/catch.hpp>

#include "models/routes/checks.h"
#include "tests/models/route_world.h"

namespace yoke {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

FakeSender::Answer said(const std::string& text) { return FakeSender::text(text); }

FakeSender::Answer after(FakeSender::Answer answer, LoopClock::duration wait) {
  answer.after = wait;
  return answer;
}

int times(const std::string& names, char name) {
  return static_cast<int>(std::count(names.begin(), names.end(), name));
}

TEST_CASE("weighted shares calls by weight, and says so") {
  RouteWorld world("weighted");
  world.route().weights = {3, 1};
  for (int call = 0; call < 1000; ++call) {
    world.sender.answers = {said("Hi")};
    const ModelOutcome outcome = world.call();
    const bool first_asked = world.asked().back() == 'a';
    CHECK(reply_in(outcome).route.why == (first_asked ? "its share is 75%" : "its share is 25%"));
  }
  const int first = times(world.asked(), 'a');
  CHECK(first > 700);
  CHECK(first < 800);
}

TEST_CASE("weighted keeps a conversation at its target, and shares the conversations by weight") {
  RouteWorld world("weighted");
  world.route().weights = {1, 1};
  std::string firsts;
  for (int conversation = 0; conversation < 200; ++conversation) {
    world.request.cache_key = "conversation " + std::to_string(conversation);
    world.sender.answers = {said("Hi"), said("Hi")};
    world.call();
    world.call();
    const std::string asked = world.asked();
    CHECK(asked[asked.size() - 1] == asked[asked.size() - 2]);
    firsts += asked.back();
  }
  CHECK(times(firsts, 'a') > 75);
  CHECK(times(firsts, 'b') > 75);
}

TEST_CASE("weighted never asks a target of weight zero first, and falls back to it all the same") {
  RouteWorld world("weighted");
  world.route().weights = {0, 1};
  world.sender.answers = {FakeSender::status(500), said("Hi")};
  CHECK(reply_in(world.call()).target == "a/m");
  CHECK(world.asked() == "ba");
}

RouteCheck check_of(RouteCheck::Kind kind, std::string words = {}, double least = 0) {
  RouteCheck check;
  check.kind = kind;
  check.words = std::move(words);
  check.least = least;
  return check;
}

// Asks a cascade of two whose first answer is `first`: what the second try's why says; empty when
// there was none.
std::string escalated(const RouteCheck& check, const FakeSender::Answer& first,
                      const Json& schema = nullptr) {
  RouteWorld world("cascade");
  world.route().checks = {check};
  world.route().structured_attempts = 1;
  world.request.output_schema = schema;
  world.request.tools = {tool_named("weather.now")};
  world.request.tools[0].input_schema = {{"type", "object"},
                                         {"properties", {{"place", {{"type", "string"}}}}},
                                         {"required", {"place"}}};
  world.sender.answers = {first, said("The better one")};
  const ModelOutcome outcome = world.call();
  if (world.asked() == "a") return {};
  REQUIRE(world.asked() == "ab");
  const ModelReply& reply = reply_in(outcome);
  CHECK(reply.target == "b/m");
  CHECK(tries_of(outcome)[1].role == "escalated");
  CHECK(reply.usage.input == 20);  // both are paid for
  CHECK(reply.route.why.starts_with("a/m was not good enough: "));
  return tries_of(outcome)[0].message;
}

FakeSender::Answer calling(const std::string& name, const std::string& args) {
  FakeSender::Answer answer;
  answer.body = R"({"model":"m","choices":[{"message":{"content":null,"tool_calls":[{"id":"1",)"
                R"("type":"function","function":{"name":")" +
                name + R"(","arguments":")" + args +
                R"("}}]},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":10,)"
                R"("completion_tokens":1}})";
  return answer;
}

TEST_CASE("a cascade goes on to its next target when a check is not met") {
  using Kind = RouteCheck::Kind;
  const RouteCheck doubt = check_of(Kind::text, "I am not sure");
  CHECK(escalated(doubt, said("i am NOT sure.")) == "it says 'I am not sure'");
  CHECK(escalated(doubt, said("Sure.")).empty());
  const RouteCheck pattern = pattern_check("^(maybe|perhaps)").value();
  CHECK(escalated(pattern, said("perhaps 4")) == "it says '^(maybe|perhaps)'");
  CHECK(escalated(pattern, said("4, perhaps")).empty());
  const RouteCheck field = check_of(Kind::field, "confidence", 0.7);
  CHECK(escalated(field, said(R"({\"confidence\":0.5})")) == "its 'confidence' is 0.5, under 0.7");
  CHECK(escalated(field, said(R"({\"confidence\":0.9})")).empty());
  CHECK(escalated(field, said("Hi")).starts_with("it has no 'confidence'"));
  const RouteCheck tools = check_of(Kind::tools);
  CHECK(escalated(tools, calling("wether_now", "{}")) == "it calls 'wether_now', which is no tool");
  CHECK(escalated(tools, calling("weather_now", "{}"))
            .starts_with("its call of 'weather.now' does not fit: "));
  CHECK(escalated(tools, calling("weather_now", R"({\"place\":\"Oslo\"})")).empty());
}

TEST_CASE("a cascade goes on when a structured answer does not fit its schema") {
  const Json schema = {
      {"type", "object"}, {"properties", {{"sum", {{"type", "integer"}}}}}, {"required", {"sum"}}};
  const RouteCheck check = check_of(RouteCheck::Kind::schema);
  CHECK(escalated(check, said("four"), schema).starts_with("its answer does not fit: "));
  CHECK(escalated(check, said(R"({\"sum\":4})"), schema).empty());
}

TEST_CASE("a cascade asks a script, which may say why not") {
  RouteWorld world("cascade");
  ScriptDefinition definition;
  definition.kind = "tool";
  definition.functions = {"run"};
  world.scripts.definitions = {definition};
  RouteCheck check = check_of(RouteCheck::Kind::lua);
  check.script = demo_source();
  world.route().checks = {check};
  world.scripts.value = {{"ok", false}, {"why", "too short"}};
  world.sender.answers = {said("Hi"), said("Hello there")};
  const ModelOutcome outcome = world.call();
  CHECK(reply_in(outcome).target == "b/m");
  CHECK(tries_of(outcome)[0].message == "too short");
  REQUIRE(world.scripts.calls.size() == 1);  // the last target's answer is not asked about
  CHECK(world.scripts.calls[0].args[0]["reply"]["text"] == "Hi");
  world.scripts.value = true;
  world.sender.answers = {said("Hi")};
  CHECK(reply_in(world.call()).target == "a/m");
}

TEST_CASE("nothing of an answer that a cascade did not take is seen") {
  RouteWorld world("cascade");
  world.route().checks = {check_of(RouteCheck::Kind::text, "not sure")};
  world.sender.answers = {streamed("I am not sure"), streamed("Four")};
  world.call(true);
  CHECK(world.deltas.seen == Texts{"text:Four"});
}

TEST_CASE("a cascade takes a poor answer rather than spend what was not reserved") {
  RouteWorld world("cascade");
  world.route().checks = {check_of(RouteCheck::Kind::text, "not sure")};
  const ModelEstimate estimate = world.estimate();
  CHECK(estimate.cost_most == 2 * estimate.cost);
  world.request.reserved = estimate.cost;
  world.sender.answers = {said("I am not sure")};
  const ModelOutcome outcome = world.call();
  CHECK(reply_in(outcome).target == "a/m");
  CHECK(reply_in(outcome).route.why.starts_with(
      "taken although it says 'not sure': another request could come to more than the $"));
  world.request.reserved = estimate.cost_most;
  world.sender.answers = {said("I am not sure"), said("Four")};
  CHECK(reply_in(world.call()).target == "b/m");
}

TEST_CASE("cheapest asks by price, those of no known price last") {
  RouteWorld world("cheapest", {"a", "b", "c"});
  world.config.backends["a"].prices.clear();
  world.price("b", 3'000'000);
  world.sender.answers = {FakeSender::status(500), FakeSender::status(500), said("Hi")};
  world.call();
  CHECK(world.asked() == "cba");
}

TEST_CASE("fastest finds out how soon each answers, then asks the one that does so sooner") {
  RouteWorld world("fastest");
  world.sender.answers = {after(said("1"), milliseconds(900)), after(said("2"), milliseconds(100))};
  world.call();
  world.call();
  CHECK(world.asked() == "ab");
  for (int call = 0; call < 10; ++call) {
    world.sender.answers = {after(said("Hi"), milliseconds(100))};
    CHECK(reply_in(world.call()).route.why == "it begins to answer within 100 ms");
  }
  CHECK(world.asked() == "ab" + std::string(10, 'b'));
}

TEST_CASE("fastest looks again at a target that it has not seen for a minute, within its share") {
  RouteWorld world("fastest");
  world.sender.answers = {after(said("1"), milliseconds(900)), after(said("2"), milliseconds(100))};
  world.call();
  world.call();
  for (int call = 0; call < 40; ++call) {
    world.loop.advance(seconds(10));
    world.sender.answers = {after(said("Hi"), milliseconds(100))};
    world.call();
  }
  const int explored = times(world.asked().substr(2), 'a');
  CHECK(explored >= 1);
  CHECK(explored <= 40);
  world.sender.answers = {FakeSender::status(503), said("Hi")};
  CHECK(reply_in(world.call()).attempts == 2);  // one that fails is followed by the next
}

TEST_CASE("of many targets the slowest is asked least, and not all ask the fastest") {
  RouteWorld world("fastest", {"a", "b", "c"});
  const std::map<char, int> pace{{'a', 100}, {'b', 200}, {'c', 900}};
  for (const auto& [name, ms] : pace) {
    world.sender.answers = {after(said("Hi"), milliseconds(ms))};
    world.call();
  }
  CHECK(world.asked() == "abc");
  for (int call = 0; call < 90; ++call) {
    world.sender.answers = {after(said("Hi"), milliseconds(100))};
    Started<ModelOutcome> started;
    world.start(started);
    for (int step = 0; step < 10; ++step) world.loop.advance(milliseconds(10));
    CHECK(started.ended());
  }
  const std::string asked = world.asked().substr(3);
  CHECK(times(asked, 'a') > 10);
  CHECK(times(asked, 'b') > 10);
  CHECK(times(asked, 'c') < 5);
}

// A hedged route whose first target has answered twenty times within 100 ms.
struct Hedged : RouteWorld {
  explicit Hedged(int attempts = 1) : RouteWorld("hedged") {
    config.backends["a"].retry.attempts_max = attempts;
    for (int call_number = 0; call_number < 20; ++call_number) {
      sender.answers = {after(streamed("Hi"), milliseconds(100))};
      call(true);
    }
    sender.sent.clear();
    sender.sent_at.clear();
    deltas.seen.clear();
  }
};

// The one of two tries that did not answer.
const ModelTry& lost_of(const ModelOutcome& outcome) {
  const std::vector<ModelTry>& tries = tries_of(outcome);
  return tries[0].failure ? tries[0] : tries[1];
}

TEST_CASE("hedged asks a second target when the first has not begun by its usual time") {
  Hedged world;
  world.sender.answers = {after(streamed("slow"), seconds(20)),
                          after(streamed("quick"), milliseconds(50))};
  const ModelOutcome outcome = world.call(true);
  CHECK(world.asked() == "ab");
  CHECK(world.sender.sent_at[1] - world.sender.sent_at[0] == milliseconds(100));
  CHECK(reply_in(outcome).target == "b/m");
  CHECK(reply_in(outcome).route.why == "the first had not begun to answer after 100 ms");
  CHECK(world.deltas.seen == Texts{"text:quick"});
  REQUIRE(tries_of(outcome).size() == 2);
  const ModelTry& loser = lost_of(outcome);
  CHECK(loser.target == "a/m");
  CHECK(loser.failure == FailureClass::cancelled);
  CHECK(loser.usage.estimated);
  CHECK(loser.cost == loser.usage.input);  // its input, at a nano-dollar a token
  CHECK(loser.role.empty());
  CHECK(reply_in(outcome).cost == loser.cost + 11);
}

TEST_CASE("what the loser of a hedged call was billed before is paid for, too") {
  Hedged world(2);
  FakeSender::Answer billed = FakeSender::stream(
      {R"({"model":"m","choices":[],"usage":{"prompt_tokens":700,"completion_tokens":0}})"});
  billed.failure = HttpFailure{HttpFailure::Kind::cut, "it was cut off"};
  world.sender.answers = {billed, after(streamed("quick"), milliseconds(50)),
                          after(streamed("slow"), seconds(20))};
  const ModelOutcome outcome = world.call(true);
  CHECK(reply_in(outcome).target == "b/m");
  REQUIRE(tries_of(outcome).size() == 2);
  const ModelTry& loser = lost_of(outcome);
  CHECK(loser.attempts == 2);
  CHECK(loser.usage.input > 700);
  CHECK(loser.cost == loser.usage.input);
  CHECK(reply_in(outcome).cost == loser.cost + 11);
}

TEST_CASE("hedged asks nobody else when the first begins in time") {
  Hedged world;
  world.sender.answers = {after(streamed("Hi"), milliseconds(90))};
  CHECK(tries_of(world.call(true)).size() == 1);
}

TEST_CASE("the first may still win, and then the second is cancelled and paid for") {
  Hedged world;
  world.sender.answers = {after(streamed("first"), milliseconds(150)),
                          after(streamed("second"), seconds(5))};
  const ModelOutcome outcome = world.call(true);
  CHECK(reply_in(outcome).target == "a/m");
  CHECK(world.deltas.seen == Texts{"text:first"});
  REQUIRE(tries_of(outcome).size() == 2);
  CHECK(lost_of(outcome).failure == FailureClass::cancelled);
  CHECK(lost_of(outcome).role == "hedge");
}

TEST_CASE("hedged asks at most one call in twenty twice, however slow the first has become") {
  Hedged world;
  for (int call = 0; call < 100; ++call) {
    world.sender.answers = {after(streamed("slow"), milliseconds(400)),
                            after(streamed("quick"), milliseconds(50))};
    world.call(true);
    world.sender.answers.clear();
  }
  CHECK(times(world.asked(), 'b') >= 1);
  CHECK(times(world.asked(), 'b') <= 6);  // one was saved up
}

TEST_CASE("hedged asks no second one that the reservation does not cover") {
  Hedged world;
  const ModelEstimate estimate = world.estimate();
  CHECK(estimate.cost_most == 2 * estimate.cost);
  world.request.reserved = estimate.cost_most - 1;
  world.sender.answers = {after(streamed("slow"), milliseconds(400))};
  CHECK(reply_in(world.call(true)).target == "a/m");
  CHECK(world.asked() == "a");
}

TEST_CASE("a hedged call that is cancelled leaves no request behind") {
  Hedged world;
  world.sender.answers = {after(streamed("slow"), seconds(20)),
                          after(streamed("slow"), seconds(20))};
  asio::cancellation_signal cancel;
  bool thrown = false;
  asio::co_spawn(
      world.loop.io, world.router->call(world.request, kNoDeadline, {}),
      asio::bind_cancellation_slot(
          cancel.slot(), [&thrown](const std::exception_ptr& failure, const ModelOutcome&) {
            thrown = failure != nullptr;
          }));
  world.loop.settle();
  world.loop.advance(milliseconds(100));
  CHECK(world.asked() == "ab");
  cancel.emit(asio::cancellation_type::terminal);
  world.loop.settle();
  CHECK(thrown);
}

TEST_CASE("shadow answers from its first target, names the others and asks none of them") {
  RouteWorld world("shadow", {"a", "b", "c"});
  world.sender.answers = {said("Hi")};
  const ModelOutcome outcome = world.call();
  CHECK(reply_in(outcome).target == "a/m");
  CHECK(reply_in(outcome).route.shadows == Texts{"b/m", "c/m"});
  CHECK(world.asked() == "a");
  world.sender.answers = {FakeSender::status(500)};
  CHECK(failure_in(world.call()).target == "a/m");  // a shadow is nobody to fall back to
  CHECK(world.asked() == "aa");
}

TEST_CASE("a share of calls has shadows, drawn by chance") {
  RouteWorld world("shadow");
  world.route().share = 0.25;
  int shadowed = 0;
  for (int call = 0; call < 200; ++call) {
    world.sender.answers = {said("Hi")};
    shadowed += reply_in(world.call()).route.shadows.empty() ? 0 : 1;
  }
  CHECK(shadowed > 30);
  CHECK(shadowed < 70);
}

TEST_CASE(
    "a refusal that asks for a short wait is waited out, one for a long wait goes elsewhere") {
  const auto asked_after = [](const std::string& retry_after) {
    RouteWorld world("fallback");
    for (auto& [name, backend] : world.config.backends) backend.retry.attempts_max = 2;
    world.sender.answers = {FakeSender::status(429, retry_after), said("Hi")};
    world.call();
    const auto waited = world.sender.sent_at[1] - world.sender.sent_at[0];
    return world.asked() + " " + std::to_string(waited / milliseconds(1));
  };
  CHECK(asked_after("2") == "aa 2000");
  CHECK(asked_after("3") == "ab 0");
}

TEST_CASE("the last target is waited for longer, for there is nobody else") {
  RouteWorld world("fallback", {"a"});
  world.config.backends["a"].retry.attempts_max = 2;
  world.sender.answers = {FakeSender::status(429, "20"), said("Hi")};
  CHECK(reply_in(world.call()).attempts == 2);
}

TEST_CASE("a target that is left alone is not waited for while there is another") {
  RouteWorld world("fallback");
  for (int call = 0; call < 5; ++call) {
    world.sender.answers = {FakeSender::status(500), said("Hi")};
    world.call();
  }
  world.sender.answers = {said("Hi")};
  const ModelOutcome outcome = world.call();
  CHECK(world.asked() ==
        "ababababab"
        "b");
  CHECK(tries_of(outcome)[0].attempts == 0);
  CHECK_THAT(tries_of(outcome)[0].message, Catch::EndsWith("; it is left alone for 5 s"));
  world.loop.advance(seconds(5));
  world.sender.answers = {said("Hi")};
  CHECK(reply_in(world.call()).target == "a/m");
}

TEST_CASE("what would wait too long at its first target spills to the next, and that is said") {
  RouteWorld world("fallback");
  world.config.backends["a"].limits.requests_per_minute = 1;
  world.route().spill_after = seconds(5);
  world.sender.answers = {said("1"), said("2"), said("3")};
  world.call();
  const ModelOutcome spilled = world.call();
  CHECK(reply_in(spilled).target == "b/m");
  CHECK(reply_in(spilled).route.why == "'a/m' was passed over: its queue takes about 60 s");
  REQUIRE(tries_of(spilled).size() == 2);
  CHECK(tries_of(spilled)[0].attempts == 0);
  CHECK(tries_of(spilled)[0].message == reply_in(spilled).route.why);
  world.loop.advance(seconds(56));
  world.call();  // four seconds are waited for
  CHECK(world.asked() == "aba");
}

TEST_CASE("without a word about spilling a route waits for its first target") {
  RouteWorld world("fallback");
  world.config.backends["a"].limits.requests_per_minute = 1;
  world.sender.answers = {said("1"), said("2")};
  world.call();
  Started<ModelOutcome> started;
  world.start(started);
  world.loop.advance(seconds(60));
  CHECK(world.asked() == "aa");
}

}  // namespace
}  // namespace yoke
