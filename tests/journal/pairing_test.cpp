#include <catch2/catch.hpp>

#include "tests/support/told_run.h"

namespace yoke {
namespace {

constexpr auto kModelCalled = EventKind::model_called;
constexpr auto kModelReplied = EventKind::model_replied;
constexpr auto kModelFailed = EventKind::model_failed;
constexpr auto kToolCalled = EventKind::tool_called;
constexpr auto kToolReturned = EventKind::tool_returned;
constexpr auto kToolUnknown = EventKind::tool_unknown;

const Json kOk{{"outcome", "ok"}};
const Json kUnknown{{"tool", "a.x"}};
const Json kTool = ToldRun::tool_fields("a.x", Effect::once);

TEST_CASE("nothing precedes run.started, and it comes once") {
  RunState fresh;
  Event event;
  event.kind = EventKind::lease_taken;
  event.seq = 1;
  event.fields = Json{{"node", "n"}, {"adopted", false}};
  CHECK_FALSE(check_pairing(fresh, event).has_value());
  ToldRun run;
  CHECK_FALSE(run.would_pair(EventKind::run_started, "", run.events[0].fields));
}

TEST_CASE("a result of no call cannot be committed") {
  const ToldRun run;
  CHECK_FALSE(run.would_pair(kToolReturned, "c9.0", kOk));
  CHECK_FALSE(run.would_pair(kModelReplied, "m1", ToldRun::replied_fields({text("x")})));
  CHECK_FALSE(run.would_pair(kModelFailed, "m1", ToldRun::failed_fields("server")));
  CHECK_FALSE(
      run.would_pair(EventKind::child_finished, "k1", Json{{"child", "r7"}, {"outcome", "ok"}}));
}

TEST_CASE("a second result of one call cannot be committed") {
  ToldRun run;
  run.tool_called("c1.0", "a.x", Effect::once);
  run.tool_returned("c1.0", 1);
  CHECK_FALSE(run.would_pair(kToolReturned, "c1.0", kOk));
  run.replied({text("x")});
  CHECK_FALSE(run.would_pair(kModelReplied, "m1", ToldRun::replied_fields({text("y")})));
  CHECK_FALSE(run.would_pair(kModelFailed, "m1", ToldRun::failed_fields("server")));
}

TEST_CASE("a call that has ended cannot be opened again") {
  ToldRun run;
  run.tool_called("c1.0", "a.x", Effect::once);
  run.tool_returned("c1.0", 1);
  CHECK_FALSE(run.would_pair(kToolCalled, "c1.0", kTool, 2));
  run.replied({text("x")});
  CHECK_FALSE(run.would_pair(kModelCalled, "m1", ToldRun::called_fields(), 2));
}

TEST_CASE("an open call is opened again only with a higher attempt") {
  ToldRun run;
  run.tool_called("c1.0", "a.x", Effect::once, 2);
  CHECK_FALSE(run.would_pair(kToolCalled, "c1.0", kTool, 1));
  CHECK_FALSE(run.would_pair(kToolCalled, "c1.0", kTool, 2));
  CHECK(run.would_pair(kToolCalled, "c1.0", kTool, 3));
}

TEST_CASE("a tool's result does not close a model call, nor a reply a tool call") {
  ToldRun run;
  run.model_called();
  run.tool_called("c1.0", "a.x", Effect::read);
  CHECK_FALSE(run.would_pair(kToolReturned, "m1", kOk));
  CHECK_FALSE(run.would_pair(kModelReplied, "c1.0", ToldRun::replied_fields({text("x")})));
  CHECK_FALSE(run.would_pair(kModelFailed, "c1.0", ToldRun::failed_fields("server")));
}

TEST_CASE("two model calls are not open at once") {
  ToldRun run;
  run.model_called();
  CHECK_FALSE(run.would_pair(kModelCalled, "m2", ToldRun::called_fields(), 1));
}

TEST_CASE("only an open tool call can have an unknown outcome") {
  ToldRun run;
  CHECK_FALSE(run.would_pair(kToolUnknown, "c1.0", kUnknown));
  run.tool_called("c1.0", "a.x", Effect::once);
  CHECK(run.would_pair(kToolUnknown, "c1.0", kUnknown));
  run.tool_returned("c1.0", 1);
  CHECK_FALSE(run.would_pair(kToolUnknown, "c1.0", kUnknown));
}

TEST_CASE("a question or a verdict concerns a call to come or an open one, not one that ended") {
  ToldRun run;
  const Json decided{{"verdict", "ask"}, {"rule", "r"}, {"tool", "a.x"}};
  const Json asked{
      {"question", "a.c1.0"}, {"title", "?"}, {"choices", Json::array()}, {"purpose", "approve"}};
  CHECK(run.would_pair(EventKind::policy_decided, "c1.0", decided));
  CHECK(run.would_pair(EventKind::question_asked, "c1.0", asked));
  run.tool_called("c1.0", "a.x", Effect::once);
  CHECK(run.would_pair(EventKind::question_asked, "c1.0", asked));
  run.tool_returned("c1.0", 1);
  CHECK_FALSE(run.would_pair(EventKind::policy_decided, "c1.0", decided));
  CHECK_FALSE(run.would_pair(EventKind::question_asked, "c1.0", asked));
}

TEST_CASE("a question's id is asked once") {
  ToldRun run;
  run.asked("q1", "", "ask");
  const Json again{
      {"question", "q1"}, {"title", "?"}, {"choices", Json::array()}, {"purpose", "ask"}};
  CHECK_FALSE(run.would_pair(EventKind::question_asked, "", again));
}

TEST_CASE("an answer needs an open question, and there is one") {
  ToldRun run;
  const auto answer = [&](const char* question) {
    return run.would_pair(EventKind::question_answered, "",
                          Json{{"question", question}, {"value", 1}, {"by", "bob"}});
  };
  const auto expire = [&](const char* question) {
    return run.would_pair(EventKind::question_expired, "", Json{{"question", question}});
  };
  CHECK_FALSE(answer("q1"));
  CHECK_FALSE(expire("q1"));
  run.asked("q1", "", "ask");
  run.asked("q2", "", "ask");
  CHECK(answer("q1"));
  CHECK(expire("q1"));
  run.answered("q1", "yes");
  CHECK_FALSE(answer("q1"));
  CHECK_FALSE(expire("q1"));
  run.add(EventKind::question_expired, "", Json{{"question", "q2"}});
  CHECK_FALSE(answer("q2"));
}

TEST_CASE("a timer that is not set neither fires nor is cancelled") {
  ToldRun run;
  CHECK_FALSE(run.would_pair(EventKind::timer_fired, "", Json{{"timer", "t"}}));
  CHECK_FALSE(run.would_pair(EventKind::timer_cancelled, "", Json{{"timer", "t"}}));
  run.add(EventKind::timer_set, "", Json{{"timer", "t"}, {"due", 1}});
  CHECK(run.would_pair(EventKind::timer_fired, "", Json{{"timer", "t"}}));
}

TEST_CASE("a run does not end while one of its calls is open") {
  ToldRun run;
  const auto may_end = [&] {
    const Json message{{"message", "m"}};
    const bool completed = run.would_pair(EventKind::run_completed, "", Json{{"text", "x"}});
    CHECK(run.would_pair(EventKind::run_failed, "", message) == completed);
    CHECK(run.would_pair(EventKind::run_cancelled, "", Json{{"by", "ann"}}) == completed);
    return completed;
  };
  CHECK(may_end());
  run.tool_called("c1.0", "a.x", Effect::read);
  CHECK_FALSE(may_end());
  run.tool_returned("c1.0", 1);
  CHECK(may_end());
  run.model_called();
  CHECK_FALSE(may_end());
}

TEST_CASE("nothing follows the end of a run") {
  ToldRun run;
  run.add(EventKind::run_cancelled, "", Json{{"by", "ann"}});
  CHECK_FALSE(run.would_pair(EventKind::lease_taken, "", Json{{"node", "n"}, {"adopted", true}}));
  CHECK_FALSE(run.would_pair(kToolCalled, "c1.0", kTool, 1));
  CHECK_FALSE(run.would_pair(EventKind::run_completed, "", Json{{"text", "x"}}));
}

TEST_CASE("an event that leaves a gap behind it is refused") {
  ToldRun run;
  Event event = run.make(EventKind::timer_set, "", Json{{"timer", "t"}, {"due", 1}});
  CHECK(check_pairing(run.state, event).has_value());
  event.seq += 1;
  CHECK_FALSE(check_pairing(run.state, event).has_value());
  event.seq -= 2;
  CHECK_FALSE(check_pairing(run.state, event).has_value());
}

}  // namespace
}  // namespace yoke
