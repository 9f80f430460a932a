#include "tools/durable_runner.h"

#include <map>
#include <memory>
#include <utility>

#include "runtime/base/ensure.h"
#include "runtime/base/text.h"
#include "runtime/schema/answer.h"
#include "tools/bundled.h"
#include "tools/script_outcome.h"

namespace yoke {
namespace {

constexpr const char* kModule = "flow";
constexpr const char* kClockAt = "0";  // no script's own position: those begin at 1
constexpr std::size_t kWantsMax = 100'000;

ToolOutcome failed(const Error& error) {
  ToolOutcome out;
  out.outcome = Outcome::error;
  out.message = error.message();
  return out;
}

sandbox::HostReply refusal(std::string message) {
  sandbox::HostReply reply;
  reply.ok = false;
  reply.message = std::move(message);
  return reply;
}

// The kit asks as it should; a script that got hold of its functions may not.
Result<std::vector<ScriptWant>> wants_of(const Json& list) {
  std::vector<ScriptWant> wants;
  const Error bad{Errc::invalid, "flow: a want has a position, a kind and arguments"};
  if (list.is_object() && list.empty()) return wants;
  if (!list.is_array() || list.size() > kWantsMax) return bad;
  for (const Json& item : list) {
    ScriptWant want;
    want.at = string_at(item, "at");
    want.kind = string_at(item, "kind");
    want.args = member_at(item, "args");
    if (want.at.empty() || want.at == kClockAt || want.kind.empty()) return bad;
    if (!want.args.is_object()) want.args = Json::object();  // an empty table may be a list
    wants.push_back(std::move(want));
  }
  return wants;
}

Json answer_json(const ScriptAnswer& answer) {
  Json value{{"at", answer.at}, {"outcome", std::string(name_of(answer.outcome))}};
  value["value"] = answer.value;
  if (!answer.message.empty()) value["message"] = answer.message;
  return value;
}

// The schemas of answers that a script wants of models, by the places that it wants them at.
class AnswerShapes {
 public:
  // The wants with whole schemas in the place of shorthands. Errors: invalid: one is no schema.
  Result<std::vector<ScriptWant>> prepared(std::vector<ScriptWant> wants) {
    for (ScriptWant& want : wants) {
      const Result<void> one = prepare(want);
      if (!one) return one.error();
    }
    return wants;
  }

  // A reply that was to fit a schema as the value it is of.
  void read(ScriptAnswer& answer) const {
    const auto shape = shapes_.find(answer.at);
    if (shape == shapes_.end() || answer.outcome != Outcome::ok) return;
    Result<Json> value = read_answer(string_at(answer.value, "text"), *shape->second);
    if (value) {
      answer.value = Json{{"value", std::move(*value)}};
      return;
    }
    answer.outcome = Outcome::error;
    answer.message = "the model's answer does not fit the schema: " + value.error().detail;
  }

 private:
  Result<void> prepare(ScriptWant& want) {
    const auto given = want.args.find("schema");
    if (want.kind != "model" || given == want.args.end()) return {};
    Result<Json> whole = expand_shorthand(*given);
    if (!whole) return Error{Errc::invalid, "w.model: schema: " + whole.error().message()};
    Result<std::shared_ptr<const Schema>> compiled = Schema::compile(*whole);
    if (!compiled) return Error{Errc::invalid, "w.model: schema: " + compiled.error().message()};
    want.args.erase(given);
    want.args["output_schema"] = std::move(*whole);
    shapes_[want.at] = std::move(*compiled);
    return {};
  }

  std::map<std::string, std::shared_ptr<const Schema>> shapes_;  // shared: immutable
};

using WantKind = DurableSource::Kind;

// The script with the kit that runs it; of a model's text also the file around it.
std::shared_ptr<const ScriptSource> with_kit(const DurableSource& source) {
  auto script = std::make_shared<ScriptSource>(source.script);
  if (source.kind == WantKind::code) {
    script->libs = {{std::string(sandbox::kCodeBody), source.script.text}};
    script->text = std::string(bundled_kit("code"));
  } else if (source.kind == WantKind::plan) {
    script->name = "plan";
    script->text = std::string(bundled_kit("plan"));
  }
  script->libs.emplace_back(std::string(sandbox::kFlowKit), std::string(bundled_kit("flow")));
  return script;
}

Json arguments_of(const DurableSource& source, const Json& input) {
  Json args = Json::array({Json{{"$flow", true}}});
  if (source.kind == WantKind::code) {
    args.push_back(Json{{"tools", source.tools}, {"input", input}});
    args.push_back(Json{{"$code", true}});
  } else {
    args.push_back(input);
  }
  return args;
}

}  // namespace

Result<SessionOrder> DurableRunner::order_of(const DurableScript& script, DurableSource source,
                                             CallContext& context) const {
  Result<sandbox::Quota> quota = quota_of("workflow", services_.quotas);
  if (!quota) return quota.error();
  const std::int64_t left = services_.quotas.run_instructions_max - script.run_use.instructions;
  if (left <= 0) {
    return Error{Errc::exhausted,
                 "the scripts of this run have used up their " +
                     std::to_string(services_.quotas.run_instructions_max) +
                     " instructions together ([sandbox.run] instructions in yoke.toml)"};
  }
  quota->instructions_max = left;
  SessionOrder order;
  order.source = with_kit(source);
  order.definition = source.definition;
  order.function = "run";
  order.args = arguments_of(source, script.input);
  order.quota = *quota;
  ToolRequest identity;
  identity.run_id = script.run_id;
  identity.call_id = script.call_id;
  order.seed = seed_of(identity);
  order.modules = {kModule};
  order.run_id = script.run_id;
  order.tenant = script.tenant;
  order.is_durable = true;
  order.on_line = [&context](const ScriptLine& line) {
    if (line.is_progress) {
      context.progress(line.done, line.total, line.text);
    } else {
      context.log(line.level, line.text);
    }
  };
  return order;
}

awaitable<ToolOutcome> DurableRunner::run(DurableScript script, ScriptSteps& steps,
                                          CallContext& context) {
  Result<DurableSource> source = durable_source_from_json(script.source);
  if (!source) co_return failed(source.error());
  ScriptPlace& place = services_.outside != nullptr ? *services_.outside : services_.inside;
  Result<SessionOrder> order = order_of(script, std::move(*source), context);
  if (!order) co_return failed(order.error());
  // The clock of the script is that of the journal, so that os.time is the same in every run.
  std::vector<ScriptWant> pending;
  std::vector<ScriptWant> first(1, ScriptWant{kClockAt, "now", Json::object()});
  ScriptAnswer answer = co_await steps.step(std::move(first));
  order->wall_us = answer.value.is_number() ? answer.value.get<Micros>() : 0;
  Label label = answer.label;
  Result<std::unique_ptr<ScriptSession>> session = co_await place.open(std::move(*order));
  if (!session) co_return failed(session.error());
  sandbox::HostReply reply;
  ToolOutcome out;
  AnswerShapes shapes;
  for (;;) {
    sandbox::Step next = co_await (*session)->advance(std::move(reply));
    reply = sandbox::HostReply{};
    if (auto* done = std::get_if<sandbox::Done>(&next)) {
      out.value = std::move(done->value);
      break;
    }
    if (auto* failure = std::get_if<sandbox::Failed>(&next)) {
      out = outcome_of(*failure);
      break;
    }
    auto* asked = std::get_if<sandbox::HostCall>(&next);
    ENSURE(asked != nullptr);  // a session pauses on its own account
    const bool steps_on = asked->function == "step";
    Result<std::vector<ScriptWant>> wants =
        wants_of(asked->args.empty() ? Json::array() : asked->args[0]);
    if (wants) wants = shapes.prepared(std::move(*wants));
    if (!wants || asked->module != kModule) {
      reply =
          refusal(wants ? "a durable script asks for nothing but flow" : wants.error().message());
      continue;
    }
    for (ScriptWant& want : *wants) pending.push_back(std::move(want));
    if (!steps_on) continue;
    std::vector<ScriptWant> handed_in = std::exchange(pending, {});
    answer = co_await steps.step(std::move(handed_in));
    label = join(label, answer.label);
    shapes.read(answer);
    reply.value = answer_json(answer);
  }
  out.label = label;
  out.meter = (*session)->meter();
  co_return out;
}

}  // namespace yoke
