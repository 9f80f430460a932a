#include "models/routes/checks.h"

#include <algorithm>

#include "runtime/base/ascii.h"
#include "runtime/base/text.h"
#include "runtime/ports/check_script.h"
#include "runtime/schema/answer.h"

namespace yoke {
namespace {

using Kind = RouteCheck::Kind;

Error unmet(std::string why) { return Error{Errc::invalid, std::move(why)}; }

bool has_calls(const ModelReply& reply) {
  return std::any_of(reply.message.parts.begin(), reply.message.parts.end(),
                     [](const Part& part) { return std::holds_alternative<ToolCallPart>(part); });
}

Result<void> check_schema(const ModelRequest& request, const ModelReply& reply) {
  if (request.output_schema.is_null() || has_calls(reply)) return {};
  const auto schema = Schema::compile(request.output_schema);
  if (!schema) return {};  // what cannot be checked is no reason to ask another
  const Result<Json> answer = read_answer(text_of(reply.message), **schema);
  if (!answer) return unmet("its answer does not fit: " + answer.error().detail);
  return {};
}

Result<void> check_call(const ToolCallPart& call, const ModelRequest& request) {
  const auto named = [&call](const ToolSpec& tool) { return tool.name == call.name; };
  const auto tool = std::find_if(request.tools.begin(), request.tools.end(), named);
  if (tool == request.tools.end()) {
    return unmet("it calls '" + shorten(printable(call.name), 60) + "', which is no tool");
  }
  const std::string who = "its call of '" + tool->name + "' ";
  if (!call.bad_args.empty()) return unmet(who + "has arguments that are no JSON object");
  const auto schema = Schema::compile(tool->input_schema);
  if (!schema) return {};
  const std::vector<SchemaError> errors = (*schema)->check(call.args);
  if (!errors.empty()) return unmet(who + "does not fit: " + describe(errors));
  return {};
}

Result<void> check_tools(const ModelRequest& request, const ModelReply& reply) {
  for (const Part& part : reply.message.parts) {
    const auto* call = std::get_if<ToolCallPart>(&part);
    if (call == nullptr) continue;
    const Result<void> checked = check_call(*call, request);
    if (!checked) return checked.error();
  }
  return {};
}

Result<void> check_words(const RouteCheck& check, const ModelReply& reply) {
  const std::string text = text_of(reply.message);
  const bool found = check.kind == Kind::text
                         ? to_lower(text).find(to_lower(check.words)) != std::string::npos
                         : check.regex->fits(Json(text));
  if (!found) return {};
  return unmet("it says '" + shorten(check.words, 60) + "'");
}

Result<void> check_field(const RouteCheck& check, const ModelReply& reply) {
  if (has_calls(reply)) return {};
  const Result<Json> answer = read_answer(text_of(reply.message));
  if (!answer) return unmet("it has no '" + check.words + "': " + answer.error().detail);
  const Json* at = &*answer;
  for (const std::string& step : split(check.words, '.')) at = &member_at(*at, step);
  if (!at->is_number()) return unmet("it has no number '" + check.words + "'");
  if (at->get<double>() >= check.least) return {};
  return unmet("its '" + check.words + "' is " + to_text(*at) + ", under " +
               to_text(Json(check.least)));
}

class NoContext final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

struct Found {
  int index = 0;
  bool is_check = false;  // a `check`, as comparisons have them
};

Result<Found> find_check(const ScriptSource& source, ScriptHost& scripts) {
  const Result<std::vector<ScriptDefinition>> defined = scripts.define(source);
  if (!defined) return defined.error();
  for (std::size_t at = 0; at < defined->size(); ++at) {
    const ScriptDefinition& one = (*defined)[at];
    const auto& functions = one.functions;
    const bool runs = std::find(functions.begin(), functions.end(), "run") != functions.end();
    const bool is_check = one.kind == "check";
    if (runs && (is_check || one.kind == "tool")) return Found{static_cast<int>(at), is_check};
  }
  return Error{Errc::invalid, source.name + " returns no check { … } with a function 'run'"};
}

Json args_of_tool(const ModelRequest& request, const ModelReply& reply) {
  const Json input{{"request", to_json(request)},
                   {"reply",
                    {{"message", to_json(reply.message)},
                     {"text", text_of(reply.message)},
                     {"finish", name_of(reply.finish)},
                     {"target", reply.target}}}};
  Json args = Json::array();
  args.push_back(input);
  return args;
}

Json args_of_check(const ModelRequest& request, const ModelReply& reply) {
  std::string prompt;
  for (const Message& message : request.messages) {
    if (message.role == Role::user) prompt = text_of(message);
  }
  const std::string finish(name_of(reply.finish));
  Json args = Json::array();
  args.push_back(to_json(checked_reply(reply.message, finish)));
  args.push_back(Json{{"id", ""}, {"prompt", prompt}, {"system", request.instructions}});
  return args;
}

Result<void> check_verdict(const ToolOutcome& outcome, const std::string& name) {
  const CheckVerdict verdict = check_verdict_of(outcome, name);
  if (!verdict.judged) return unmet(name + " failed: " + verdict.why);
  if (verdict.passed) return {};
  return unmet(verdict.why.empty() ? name + " says no" : shorten(printable(verdict.why), 200));
}

Result<void> verdict_of(const ToolOutcome& outcome, const std::string& name) {
  if (outcome.outcome != Outcome::ok) return unmet(name + " failed: " + outcome.message);
  const Json& value = outcome.value;
  if (value.is_boolean()) {
    if (value.get<bool>()) return {};
    return unmet(name + " says no");
  }
  if (bool_at(value, "ok")) return {};
  const std::string why = string_at(value, "why");
  return unmet(why.empty() ? name + " says no" : shorten(printable(why), 200));
}

}  // namespace

Result<RouteCheck> pattern_check(const std::string& pattern) {
  const Json schema{{"type", "string"}, {"pattern", pattern}};
  Result<std::shared_ptr<const Schema>> compiled = Schema::compile(schema);
  if (!compiled) return Error{Errc::invalid, compiled.error().detail};
  RouteCheck check;
  check.kind = Kind::pattern;
  check.words = pattern;
  check.regex = std::move(*compiled);
  return check;
}

Result<void> check_reply(const RouteCheck& check, const ModelRequest& request,
                         const ModelReply& reply) {
  switch (check.kind) {
    case Kind::schema:
      return check_schema(request, reply);
    case Kind::tools:
      return check_tools(request, reply);
    case Kind::text:
    case Kind::pattern:
      return check_words(check, reply);
    case Kind::field:
      return check_field(check, reply);
    case Kind::lua:
      break;
  }
  return {};
}

Result<void> check_script(const ScriptSource& source, ScriptHost& scripts,
                          const std::string& place) {
  const Result<Found> found = find_check(source, scripts);
  if (found) return {};
  return Error{found.error().code, place + ": " + found.error().message()};
}

awaitable<Result<void>> check_by_script(const RouteCheck& check, ModelRequest request,
                                        ModelReply reply, ScriptHost& scripts, Deadline deadline) {
  const std::string name = check.script->name;
  const Result<Found> found = find_check(*check.script, scripts);
  if (!found) co_return unmet(found.error().message());
  ScriptCall call;
  call.definition = found->index;
  call.function = "run";
  call.args = found->is_check ? args_of_check(request, reply) : args_of_tool(request, reply);
  call.identity.call_id = "check";
  call.identity.deadline = deadline;
  NoContext context;
  auto called = scripts.call(check.script, std::move(call), context);
  const ToolOutcome outcome = co_await std::move(called);
  co_return found->is_check ? check_verdict(outcome, name) : verdict_of(outcome, name);
}

}  // namespace yoke
