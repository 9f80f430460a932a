#include "trials/lua_check.h"

#include "runtime/ports/check_script.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kPatience{10};

class NoContext final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

Json reply_json(const TrialAnswer& answer) {
  Json reply = to_json(CheckedReply{answer.text, answer.reasoning, answer.finish, answer.calls});
  if (answer.usd) reply["usd"] = *answer.usd;
  if (answer.seconds) reply["seconds"] = *answer.seconds;
  if (answer.steps) reply["steps"] = *answer.steps;
  if (answer.tokens) reply["tokens"] = *answer.tokens;
  return reply;
}

Json case_json(const TrialCase& one) {
  Json out{{"id", one.id}, {"prompt", one.prompt}, {"system", one.request.instructions}};
  if (!one.expected.is_null()) out["expected"] = one.expected;
  return out;
}

}  // namespace

Finding finding_of(const Check& check, const ToolOutcome& outcome) {
  CheckVerdict verdict = check_verdict_of(outcome, check.script->name);
  Finding finding;
  finding.check = check.name;
  finding.weight = check.weight;
  finding.judged = verdict.judged;
  finding.passed = verdict.passed;
  finding.score = verdict.score;
  finding.why = std::move(verdict.why);
  return finding;
}

awaitable<Finding> run_lua_check(Check check, TrialAnswer answer, TrialCase one,
                                 ScriptHost& scripts) {
  ScriptCall call;
  call.function = "run";
  call.args.push_back(reply_json(answer));
  call.args.push_back(case_json(one));
  call.identity.call_id = "check";
  call.identity.deadline = LoopClock::now() + kPatience;
  NoContext context;
  auto called = scripts.call(check.script, std::move(call), context);
  const ToolOutcome outcome = co_await std::move(called);
  co_return finding_of(check, outcome);
}

}  // namespace yoke
