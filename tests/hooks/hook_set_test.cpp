#include "hooks/hook_set.h"

#include <catch2/catch.hpp>
#include <functional>

#include "tests/support/test_loop.h"

namespace yoke::hooks {
namespace {

class DeafCall final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

// A script host whose scripts are functions of the test's, by name.
class NamedScripts final : public ScriptHost {
 public:
  Result<std::vector<ScriptDefinition>> define(const ScriptSource&) override {
    return std::vector<ScriptDefinition>{};
  }
  awaitable<ToolOutcome> call(std::shared_ptr<const ScriptSource> source, ScriptCall call,
                              CallContext&) override {
    asked.push_back(source->name);
    ToolOutcome outcome;
    outcome.value = answers[source->name](call.args[0]);
    if (outcome.value == Json("fail")) {
      outcome.outcome = Outcome::error;
      outcome.message = source->name + ":1: oops";
    }
    co_return outcome;
  }
  std::map<std::string, std::function<Json(const Json&)>> answers;
  std::vector<std::string> asked;
};

struct HookSetWorld {
  HookRule rule(const std::string& script, const std::string& matcher = "") {
    HookRule made;
    made.name = "PreToolUse " + script;
    made.on = HookPoint::pre_tool_use;
    made.matcher = matcher;
    made.script = ScriptSource{script, "", {}, ScriptOrigin::own};
    return made;
  }
  HookAnswer ask(std::vector<HookRule> rules) {
    const HookServices services{scripts, pool, "/"};
    const std::shared_ptr<RunHooks> hooks = make_hooks(std::move(rules), services);
    HookEvent event;
    event.on = HookPoint::pre_tool_use;
    event.tool = "mail.send";
    event.details["tool_input"] = Json{{"to", "a"}};
    Started<HookAnswer> answer;
    answer.on(loop.io, hooks->ask(std::move(event), context));
    loop.settle();
    return answer.value();
  }

  TestLoop loop;
  NamedScripts scripts;
  Pool pool{"hooks", 1};
  DeafCall context;
};

Json output(Json specific) { return Json{{"hookSpecificOutput", std::move(specific)}}; }

}  // namespace

TEST_CASE("hooks are asked by their matcher, over the whole of a tool's name") {
  HookSetWorld world;
  const HookServices services{world.scripts, world.pool, "/"};
  const auto matched = [&](const std::string& matcher, const std::string& tool) {
    return make_hooks({world.rule("a", matcher)}, services)->has(HookPoint::pre_tool_use, tool);
  };
  CHECK(matched("", "mail.send"));
  CHECK(matched("*", "mail.send"));
  CHECK(matched("mail\\..*|csv\\.stats", "mail.send"));
  CHECK_FALSE(matched("mail", "mail.send"));
  CHECK_FALSE(make_hooks({world.rule("a")}, services)->has(HookPoint::post_tool_use, "x"));
  CHECK(make_hooks({}, services) == nullptr);
}

TEST_CASE("the worst verdict counts, and after a denial nobody else is asked") {
  HookSetWorld world;
  world.scripts.answers["a"] = [](const Json&) {
    return output({{"permissionDecision", "allow"}});
  };
  world.scripts.answers["b"] = [](const Json&) {
    return output({{"permissionDecision", "deny"}, {"permissionDecisionReason", "no"}});
  };
  world.scripts.answers["c"] = [](const Json&) { return Json(nullptr); };
  const HookAnswer answer = world.ask({world.rule("a"), world.rule("b"), world.rule("c")});
  CHECK(answer.verdict == HookVerdict::deny);
  CHECK(answer.hook == "PreToolUse b");
  CHECK(answer.why == "no");
  CHECK(world.scripts.asked == std::vector<std::string>{"a", "b"});
  REQUIRE(answer.runs.size() == 2);
  CHECK(answer.runs[0].verdict == "allow");
}

TEST_CASE("a hook sees what those before it changed") {
  HookSetWorld world;
  world.scripts.answers["a"] = [](const Json&) {
    return output({{"updatedInput", {{"to", "b"}}}});
  };
  world.scripts.answers["b"] = [](const Json& input) {
    return output({{"updatedInput", {{"to", string_at(input["tool_input"], "to") + "!"}}},
                   {"additionalContext", "twice"}});
  };
  const HookAnswer answer = world.ask({world.rule("a"), world.rule("b")});
  REQUIRE(answer.args.has_value());
  CHECK(*answer.args == Json{{"to", "b!"}});
  CHECK(answer.context == "twice");
  CHECK(answer.runs[1].changed == Json{{"args", {{"to", "b!"}}}, {"context", "twice"}});
}

TEST_CASE("a hook that fails says nothing, unless it was told to block") {
  HookSetWorld world;
  world.scripts.answers["a"] = [](const Json&) { return Json("fail"); };
  const HookAnswer open = world.ask({world.rule("a")});
  CHECK(open.verdict == HookVerdict::none);
  CHECK(open.runs.at(0).verdict == "failed");
  CHECK(open.runs.at(0).why == "it failed: a:1: oops");
  HookRule closed = world.rule("a");
  closed.closed = true;
  CHECK(world.ask({closed}).verdict == HookVerdict::deny);
}

TEST_CASE("a rule that cannot be is told with its mend") {
  HookSetWorld world;
  HookRule rule;
  CHECK(check_hook(rule).error().detail == "it says neither 'command' nor 'lua'");
  rule.command = "true";
  CHECK(check_hook(rule).has_value());
  rule.matcher = "mail";
  CHECK(check_hook(rule).error().place == "matcher");
  rule.on = HookPoint::pre_tool_use;
  rule.matcher = "(";
  CHECK(check_hook(rule).error().detail.starts_with("'matcher' cannot be read by RE2"));
  HookRule both = world.rule("a");
  both.command = "true";
  CHECK_FALSE(check_hook(both).has_value());
}

}  // namespace yoke::hooks
