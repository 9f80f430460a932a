#include "trials/lua_check.h"

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr double kPasses = 0.5;

class NoContext final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

Json reply_json(const TrialAnswer& answer) {
  Json reply{{"text", answer.text},
             {"reasoning", answer.reasoning},
             {"finish", answer.finish},
             {"calls", answer.calls}};
  const Result<Json> value = parse_json(answer.text);
  if (value) reply["json"] = *value;
  if (answer.usd) reply["usd"] = *answer.usd;
  if (answer.seconds) reply["seconds"] = *answer.seconds;
  return reply;
}

Json case_json(const TrialCase& one) {
  Json out{{"id", one.id}, {"prompt", one.prompt}, {"system", one.request.instructions}};
  if (!one.expected.is_null()) out["expected"] = one.expected;
  return out;
}

Finding started(const Check& check) {
  Finding finding;
  finding.check = check.name;
  finding.weight = check.weight;
  return finding;
}

Finding not_judged(const Check& check, std::string why) {
  Finding finding = started(check);
  finding.judged = false;
  finding.why = std::move(why);
  return finding;
}

bool is_score(const Json& value) {
  return value.is_number() && value.get<double>() >= 0 && value.get<double>() <= 1;
}

}  // namespace

Finding finding_of(const Check& check, const Json& returned) {
  Finding finding = started(check);
  const Json& pass = returned.is_object() ? member_at(returned, "pass") : returned;
  const Json& score = returned.is_object() ? member_at(returned, "score") : returned;
  if (is_score(score)) {
    finding.score = score.get<double>();
    finding.passed = finding.score >= kPasses;
  }
  if (pass.is_boolean()) {
    finding.passed = pass.get<bool>();
    if (!is_score(score)) finding.score = finding.passed ? 1 : 0;
  } else if (!is_score(score)) {
    return not_judged(check, check.script->name +
                                 ": run must return true or false, a score from 0 to 1, or "
                                 "{ pass = …, score = …, why = … }");
  }
  if (returned.is_object()) finding.why = string_at(returned, "why");
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
  if (outcome.outcome != Outcome::ok) co_return not_judged(check, outcome.message);
  co_return finding_of(check, outcome.value);
}

}  // namespace yoke
