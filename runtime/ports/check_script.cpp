#include "runtime/ports/check_script.h"

namespace yoke {
namespace {

constexpr double kPasses = 0.5;

bool is_score(const Json& value) {
  return value.is_number() && value.get<double>() >= 0 && value.get<double>() <= 1;
}

}  // namespace

CheckedReply checked_reply(const Message& message, std::string finish) {
  CheckedReply reply;
  reply.text = text_of(message);
  reply.reasoning = reasoning_of(message);
  reply.finish = std::move(finish);
  for (const Part& part : message.parts) {
    const auto* call = std::get_if<ToolCallPart>(&part);
    if (call == nullptr) continue;
    Json args = call->bad_args.empty() ? call->args : Json(call->bad_args);
    reply.calls.push_back(Json{{"tool", call->name}, {"args", std::move(args)}});
  }
  return reply;
}

Json to_json(const CheckedReply& reply) {
  Json out{{"text", reply.text},
           {"reasoning", reply.reasoning},
           {"finish", reply.finish},
           {"calls", reply.calls}};
  const Result<Json> value = parse_json(reply.text);
  if (value) out["json"] = *value;
  return out;
}

CheckVerdict check_verdict_of(const ToolOutcome& outcome, const std::string& script) {
  CheckVerdict verdict;
  const auto nothing = [&verdict](std::string why) {
    verdict.judged = false;
    verdict.why = std::move(why);
    return verdict;
  };
  if (outcome.outcome != Outcome::ok) return nothing(outcome.message);
  const Json& said = outcome.value;
  const Json& pass = said.is_object() ? member_at(said, "pass") : said;
  const Json& score = said.is_object() ? member_at(said, "score") : said;
  if (!pass.is_boolean() && !is_score(score)) {
    return nothing(script +
                   ": run must return true or false, a score from 0 to 1, or "
                   "{ pass = …, score = …, why = … }");
  }
  verdict.score = is_score(score) ? score.get<double>() : (pass.get<bool>() ? 1 : 0);
  verdict.passed = pass.is_boolean() ? pass.get<bool>() : verdict.score >= kPasses;
  verdict.why = string_at(said, "why");
  return verdict;
}

Result<void> require_check(const ScriptSource& source, ScriptHost& scripts) {
  const Result<std::vector<ScriptDefinition>> defined = scripts.define(source);
  if (!defined) return defined.error();
  const bool one = defined->size() == 1 && defined->front().kind == "check" &&
                   defined->front().functions == std::vector<std::string>{"run"};
  if (one) return {};
  return Error{Errc::invalid,
               source.name + " must return check { run = function(reply, case) … end }"};
}

}  // namespace yoke
