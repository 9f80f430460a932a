#include <catch2/catch.hpp>

#include "hosts/hook/talk.h"
#include "tests/hook/hook_world.h"

namespace yoke::testing {
namespace {

void no_talk_endpoints(Endpoints&, const HookServices&) {}

class TalkWorld : public HookWorld {
 public:
  TalkWorld() : HookWorld(no_talk_endpoints) {}

  TalkRequest request(ModelName target, const std::string& words) {
    TalkRequest asked;
    asked.target = std::move(target);
    asked.request.messages = {user_message(words)};
    asked.who = local_principal("ann");
    asked.wire = "openai.chat";
    return asked;
  }

  std::unique_ptr<Talk> begin(TalkRequest asked) {
    TalkBegun begun = run(loop.io, begin_talk(services(), std::move(asked)));
    if (const auto* refusal = std::get_if<Refusal>(&begun)) throw Fault(refusal->detail);
    return std::move(std::get<std::unique_ptr<Talk>>(begun));
  }

  TalkEnd finish(TalkRequest asked) { return run(loop.io, finish_talk(begin(std::move(asked)))); }

  Refusal refused(TalkRequest asked) {
    TalkBegun begun = run(loop.io, begin_talk(services(), std::move(asked)));
    return std::get<Refusal>(begun);
  }
};

const ModelName kRoute{ModelName::Kind::route, "default"};
const ModelName kHelper{ModelName::Kind::agent, "helper"};

}  // namespace

TEST_CASE("a route that is asked answers as a run that is on record") {
  TalkWorld world;
  const TalkEnd end = world.finish(world.request(kRoute, "say hello"));
  const TalkReply& reply = std::get<TalkReply>(end);
  CHECK(text_of(reply.message) == "hello");
  CHECK(reasoning_of(reply.message) == "I am to speak.");
  CHECK(reply.finish == "stop");
  CHECK(reply.model == "demo/sample");
  CHECK(reply.usage.output > 0);
  const RunRow row = run(world.loop.io, world.app().store().get(reply.run_id)).value();
  CHECK(row.agent == "openai.chat");
  CHECK(row.by == "ann");
  CHECK(row.status == RunStatus::completed);
}

TEST_CASE("pieces stream before the end, which is given again when asked again") {
  TalkWorld world;
  const std::unique_ptr<Talk> talk = world.begin(world.request(kRoute, "say hello"));
  std::string text;
  std::optional<TalkEnd> end;
  while (!end) {
    Talk::Next next = run(world.loop.io, talk->next(kNoDeadline));
    if (const auto* delta = std::get_if<Delta>(&next)) {
      if (delta->kind == Delta::Kind::text) text += delta->text;
    }
    if (auto* ended = std::get_if<TalkEnd>(&next)) end = std::move(*ended);
  }
  CHECK(text == "hello");
  const Talk::Next again = run(world.loop.io, talk->next(kNoDeadline));
  CHECK(std::holds_alternative<TalkEnd>(again));
}

TEST_CASE("an agent that is asked uses its tools and gives its final text") {
  TalkWorld world;
  const TalkEnd end = world.finish(world.request(kHelper, "count one two three"));
  const TalkReply& reply = std::get<TalkReply>(end);
  CHECK(text_of(reply.message) == "it said: {\"words\":3}");
  CHECK(run(world.loop.io, world.app().store().get(reply.run_id)).value().agent == "helper");
}

TEST_CASE("what was said before the task is shown to an agent's model") {
  TalkWorld world;
  TalkRequest asked = world.request(kHelper, "first");
  asked.request.messages.insert(
      asked.request.messages.begin(),
      {user_message("say good morning"), Message{Role::assistant, {TextPart{"good morning"}}}});
  const TalkEnd end = world.finish(std::move(asked));
  CHECK(text_of(std::get<TalkReply>(end).message) == "you first said: say good morning");
}

TEST_CASE("what a client says as the system is told to an agent as its caller's words") {
  TalkWorld world;
  TalkRequest asked = world.request(kHelper, "first");
  asked.request.instructions = "Be brief.";
  const TalkEnd end = world.finish(std::move(asked));
  CHECK(text_of(std::get<TalkReply>(end).message) ==
        "you first said: Instructions of the one who asks:\n\nBe brief.");
}

TEST_CASE("a run that waits for a person ends the talk with its question, not the run") {
  TalkWorld world;
  const TalkEnd end = world.finish(world.request(kHelper, "open"));
  const TalkReply& reply = std::get<TalkReply>(end);
  REQUIRE(reply.questions.size() == 1);
  CHECK_FALSE(reply.questions[0].id.empty());
  CHECK(run(world.loop.io, world.app().store().get(reply.run_id)).value().status ==
        RunStatus::waiting);
}

TEST_CASE("a model that fails is a failure that names its run") {
  TalkWorld world;
  const TalkEnd end = world.finish(world.request(kRoute, "fail"));
  const TalkFailure& failure = std::get<TalkFailure>(end);
  CHECK(failure.refusal.status >= 400);
  CHECK_FALSE(failure.run_id.empty());
}

TEST_CASE("a run for which no budget or money is left means payment, not a wrong request") {
  for (const char* reason : {"limit.budget", "limit.usd", "model.budget"}) {
    INFO(reason);
    const Refusal refusal = refusal_of_failure(reason, "nothing is left");
    CHECK(refusal.status == 402);
    CHECK(refusal.code == "budget_exceeded");
  }
  CHECK(refusal_of_failure("limit.steps", "too many").status == 422);
}

TEST_CASE("clients are told not to send again by themselves what failed for good") {
  for (const char* reason : {"cancelled", "output.invalid", "output.unknown_tool", "limit.steps",
                             "model.key", "no_progress", "agent.error"}) {
    INFO(reason);
    const HttpReply reply = refuse(ErrorShape::openai, refusal_of_failure(reason, "it failed"));
    CHECK(reply.headers.get("x-should-retry") == "false");
  }
  for (const char* reason : {"model.quota", "model.server", "model.network", "model.timed_out"}) {
    INFO(reason);
    CHECK_FALSE(refusal_of_failure(reason, "it failed").headers.has("x-should-retry"));
  }
  CHECK(refusal_of_failure("cancelled", "it was cancelled").status == 422);
}

TEST_CASE("a run that was cancelled meanwhile is no fault of this host's") {
  TalkWorld world;
  TalkRequest asked = world.request(kHelper, "tool Oslo");
  ToolSpec mine;
  mine.name = "weather";
  mine.input_schema = Json{{"type", "object"}};
  asked.request.tools = {mine};
  const TalkReply waiting = std::get<TalkReply>(world.finish(std::move(asked)));
  TalkRequest result;
  result.run_id = waiting.run_id;
  result.who = local_principal("ann");
  ToolResultPart cold;
  cold.id = std::get<ToolCallPart>(waiting.message.parts.back()).id;
  cold.content = "cold";
  result.results = {cold};
  run(world.loop.io, world.app().engine().cancel(waiting.run_id, "bob")).value();
  world.services().drivers.wake(waiting.run_id, "local");
  world.until([&] {
    return run(world.loop.io, world.app().store().get(waiting.run_id)).value().status ==
           RunStatus::cancelled;
  });
  const Refusal refusal = world.refused(result);
  CHECK(refusal.status == 409);
  CHECK(refusal.headers.get("x-should-retry") == "false");
}

TEST_CASE("a client that hangs up cancels its run, unless it was to go on") {
  TalkWorld world;
  std::unique_ptr<Talk> talk = world.begin(world.request(kHelper, "open"));
  const std::string cancelled = talk->run_id();
  talk.reset();
  TalkRequest lasting = world.request(kHelper, "open");
  lasting.outlives_client = true;
  talk = world.begin(std::move(lasting));
  const std::string kept = talk->run_id();
  talk.reset();
  const auto status = [&](const std::string& id) {
    return run(world.loop.io, world.app().store().get(id)).value().status;
  };
  world.until([&] { return status(cancelled) == RunStatus::cancelled; });
  world.until([&] { return status(kept) == RunStatus::waiting; });
}

TEST_CASE("a principal who may not use a model is refused before anything is begun") {
  TalkWorld world;
  TalkRequest asked = world.request(kHelper, "say x");
  asked.who.agents = {"lonely"};
  CHECK(world.refused(std::move(asked)).status == 403);
  asked = world.request(kRoute, "say x");
  asked.who.models = {"route/other"};
  CHECK(world.refused(std::move(asked)).status == 403);
}

TEST_CASE("an agent without a task, or with another's last word, is not begun") {
  TalkWorld world;
  TalkRequest asked = world.request(kHelper, "");
  CHECK(world.refused(asked).status == 422);
  asked.request.messages = {Message{Role::assistant, {TextPart{"hm"}}}};
  CHECK(world.refused(asked).status == 422);
}

TEST_CASE("a run of another tenant is not gone on with, and is said not to be there") {
  TalkWorld world;
  const TalkEnd end = world.finish(world.request(kHelper, "open"));
  TalkRequest stolen;
  stolen.run_id = std::get<TalkReply>(end).run_id;
  stolen.who = local_principal("eve");
  stolen.who.tenant = "other";
  CHECK(world.refused(stolen).status == 404);
}

TEST_CASE("what a person is asked is not answered as if it were the caller's tool") {
  TalkWorld world;
  const TalkEnd end = world.finish(world.request(kHelper, "open"));
  const TalkReply& asked = std::get<TalkReply>(end);
  TalkRequest result;
  result.run_id = asked.run_id;
  result.who = local_principal("eve");
  ToolResultPart yes;
  yes.id = asked.questions.at(0).id;
  yes.content = "yes";
  result.results = {yes};
  CHECK(world.refused(result).status == 404);
  CHECK(run(world.loop.io, world.app().store().get(asked.run_id)).value().status ==
        RunStatus::waiting);
}

TEST_CASE("the caller's own tools are the caller's to carry out, and the run goes on with it") {
  TalkWorld world;
  TalkRequest asked = world.request(kHelper, "count one two");
  ToolSpec mine;
  mine.name = "look.up";
  mine.description = "Looks something up.";
  mine.input_schema = Json{{"type", "object"}};
  asked.request.tools = {mine};
  const TalkEnd end = world.finish(std::move(asked));
  CHECK(text_of(std::get<TalkReply>(end).message) == "it said: {\"words\":2}");
}

}  // namespace yoke::testing
