#include "hooks/hook_set.h"

#include <re2/re2.h>

#include <algorithm>

#include "runtime/base/text.h"

namespace yoke::hooks {
namespace {

bool is_of_tool(HookPoint point) {
  return point == HookPoint::pre_tool_use || point == HookPoint::post_tool_use;
}

bool matches_all(const std::string& matcher) { return matcher.empty() || matcher == "*"; }

re2::RE2::Options quietly() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  return options;
}

struct ReadyHook {
  HookRule rule;
  std::unique_ptr<const re2::RE2> matcher;  // null: every tool
};

class HookSet final : public RunHooks {
 public:
  HookSet(std::vector<HookRule> rules, const HookServices& services) : services_(services) {
    for (HookRule& rule : rules) {
      ReadyHook& hook = hooks_.emplace_back();
      if (!matches_all(rule.matcher)) {
        hook.matcher = std::make_unique<const re2::RE2>(rule.matcher, quietly());
      }
      hook.rule = std::move(rule);
    }
  }

  bool has(HookPoint point, std::string_view tool) const override {
    return std::any_of(hooks_.begin(), hooks_.end(),
                       [&](const ReadyHook& hook) { return matches(hook, point, tool); });
  }

  awaitable<HookAnswer> ask(HookEvent event, CallContext& context) override {
    HookAnswer answer;
    for (const ReadyHook& hook : hooks_) {
      if (!matches(hook, event.on, event.tool)) continue;
      HookSaid said = co_await ask_one(hook.rule, event, context);
      if (said.args) event.details["tool_input"] = *said.args;  // the next sees what it left
      add(answer, hook.rule, std::move(said));
      if (answer.verdict >= HookVerdict::deny) break;
    }
    co_return answer;
  }

 private:
  static bool matches(const ReadyHook& hook, HookPoint point, std::string_view tool) {
    if (hook.rule.on != point) return false;
    if (hook.matcher == nullptr || !is_of_tool(point)) return true;
    return re2::RE2::FullMatch(re2::StringPiece(tool.data(), tool.size()), *hook.matcher);
  }

  awaitable<HookSaid> ask_one(const HookRule& rule, HookEvent event, CallContext& context) {
    Json input = hook_input(event, services_.folder);
    if (rule.script) {
      ScriptCall call;
      call.function = "run";
      call.args.push_back(std::move(input));
      call.identity = event.identity;
      call.identity.deadline = LoopClock::now() + rule.timeout;
      auto source = std::make_shared<const ScriptSource>(*rule.script);
      auto called = services_.scripts.call(source, std::move(call), context);
      const ToolOutcome outcome = co_await std::move(called);
      if (outcome.outcome == Outcome::ok) co_return said_by_value(event.on, outcome.value);
      CommandEnd end;
      end.failure = outcome.message;
      co_return said_by_command(event.on, end);
    }
    HookCommand command;
    command.line = rule.command;
    command.dir = services_.folder;
    command.env = services_.env;
    command.timeout = rule.timeout;
    std::string text = to_text(input) + "\n";
    auto ran = run_command(services_.pool, std::move(command), std::move(text));
    const CommandEnd end = co_await std::move(ran);
    co_return said_by_command(event.on, end);
  }

  static void add(HookAnswer& answer, const HookRule& rule, HookSaid said) {
    HookRun& run = answer.runs.emplace_back();
    run.hook = rule.name;
    if (said.failed) {
      said.verdict = rule.closed ? HookVerdict::deny : HookVerdict::none;
      said.why = "it failed: " + said.why;
    }
    run.verdict = said.failed ? "failed" : std::string(name_of(said.verdict));
    run.why = said.why;
    if (said.args) run.changed["args"] = *said.args;
    if (!said.context.empty()) run.changed["context"] = said.context;
    if (said.verdict > answer.verdict) {
      answer.verdict = said.verdict;
      answer.hook = rule.name;
      answer.why = said.why;
    }
    if (said.args) answer.args = std::move(said.args);
    if (said.context.empty()) return;
    if (!answer.context.empty()) answer.context += "\n";
    answer.context += said.context;
  }

  const HookServices services_;
  std::vector<ReadyHook> hooks_;
};

}  // namespace

Result<void> check_hook(const HookRule& rule) {
  const auto wrong = [](const char* key, const std::string& why) {
    return Error{Errc::invalid, why, key};
  };
  if (rule.command.empty() == !rule.script) {
    return wrong("command", rule.command.empty() ? "it says neither 'command' nor 'lua'"
                                                 : "it says both 'command' and 'lua': write two");
  }
  if (!matches_all(rule.matcher)) {
    if (!is_of_tool(rule.on)) {
      return wrong("matcher", "'matcher' is over names of tools: for PreToolUse and PostToolUse");
    }
    const re2::RE2 regex(rule.matcher, quietly());
    if (!regex.ok()) {
      return wrong("matcher", "'matcher' cannot be read by RE2: " + printable(regex.error()));
    }
  }
  return {};
}

std::shared_ptr<RunHooks> make_hooks(std::vector<HookRule> rules, const HookServices& services) {
  if (rules.empty()) return nullptr;
  return std::make_shared<HookSet>(std::move(rules), services);
}

}  // namespace yoke::hooks
