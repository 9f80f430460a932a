#include "tools/script_runner.h"

#include <algorithm>
#include <variant>

#include "runtime/base/ensure.h"
#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "tools/script_outcome.h"

namespace yoke {
namespace {

ToolOutcome not_started(const Error& error, const Label& label) {
  ToolOutcome out;
  out.outcome = Outcome::error;
  out.message = error.message();
  out.label = label;
  return out;
}

// ctx.deadline is wall time, in seconds, as time.now() is.
void put_deadline(Json& args, Deadline deadline, Micros wall) {
  if (deadline == kNoDeadline) return;
  const auto left = std::chrono::duration<double>(deadline - LoopClock::now()).count();
  for (Json& arg : args) {
    if (bool_at(arg, "$ctx")) arg["deadline"] = static_cast<double>(wall) / 1e6 + left;
  }
}

ScriptDefinition to_port(sandbox::Definition definition) {
  ScriptDefinition out;
  out.kind = std::move(definition.kind);
  out.fields = std::move(definition.fields);
  out.functions = std::move(definition.functions);
  out.line = definition.line;
  return out;
}

}  // namespace

Result<ScriptPlace*> ScriptRunner::place_of(const ScriptSource& source) const {
  if (source.origin == ScriptOrigin::bundled) return &services_.inside;
  if (services_.outside != nullptr) return services_.outside;
  if (source.origin == ScriptOrigin::own) return &services_.inside;
  return Error{Errc::denied, source.name + ": a stranger's script runs in a worker process alone"};
}

Result<std::vector<ScriptDefinition>> ScriptRunner::define(const ScriptSource& source) {
  const std::string key =
      std::string(name_of(source.origin)) + " " + hash_of(source) + " " + source.name;
  if (const auto known = definitions_.find(key); known != definitions_.end()) return known->second;
  const Result<ScriptPlace*> place = place_of(source);
  if (!place) return place.error();
  Result<std::vector<sandbox::Definition>> read = (*place)->define(source, *quota_of("define"));
  if (!read) return read.error();
  std::vector<ScriptDefinition> definitions;
  for (sandbox::Definition& definition : *read) {
    definitions.push_back(to_port(std::move(definition)));
  }
  if (definitions_.size() >= kDefinitionsMax) definitions_.clear();
  definitions_.emplace(key, definitions);
  return definitions;
}

// Cuts the call's quota to what is left of the run's.
Result<void> ScriptRunner::leave_of_run(sandbox::Quota& quota, const ScriptCall& call) const {
  const auto cut = [](std::int64_t& bound, std::int64_t most, std::int64_t used, const char* what,
                      const char* key) -> Result<void> {
    if (used < most) {
      bound = std::min(bound, most - used);
      return {};
    }
    return Error{Errc::exhausted, "the scripts of this run have used up their " +
                                      std::to_string(most) + " " + what + " together ([sandbox." +
                                      "run] " + key + " in yoke.toml)"};
  };
  if (call.profile != "tool") return {};
  const ScriptUse& used = call.identity.run_use;
  const ScriptQuotas& all = services_.quotas;
  Result<void> left = cut(quota.instructions_max, all.run_instructions_max, used.instructions,
                          "instructions", "instructions");
  if (!left) return left;
  return cut(quota.host_calls_max, all.run_host_calls_max, used.host_calls, "host calls",
             "host_calls");
}

Result<SessionOrder> ScriptRunner::order_of(std::shared_ptr<const ScriptSource> source,
                                            ScriptCall call, const Permissions& permissions,
                                            CallContext& context) const {
  Result<sandbox::Quota> quota = quota_of(call.profile, services_.quotas);
  if (!quota) return quota.error();
  if (Result<void> left = leave_of_run(*quota, call); !left) return left.error();
  if (Result<void> checked = services_.broker.check(permissions); !checked) return checked.error();
  SessionOrder order;
  order.source = std::move(source);
  order.definition = call.definition;
  order.function = std::move(call.function);
  order.args = std::move(call.args);
  order.quota = std::move(*quota);
  order.seed = seed_of(call.identity);
  order.wall_us = services_.wall.now();
  order.modules = permissions.modules();
  order.run_id = call.identity.run_id;
  order.tenant = call.identity.tenant;
  order.on_line = [&context](const ScriptLine& line) {
    if (line.is_progress) {
      context.progress(line.done, line.total, line.text);
    } else {
      context.log(line.level, line.text);
    }
  };
  put_deadline(order.args, call.identity.deadline, order.wall_us);
  return order;
}

awaitable<ToolOutcome> ScriptRunner::drive(ScriptPlace& place, SessionOrder order, CallScope& scope,
                                           std::unique_ptr<ScriptSession>& session) {
  Result<std::unique_ptr<ScriptSession>> opened = co_await place.open(std::move(order));
  if (!opened) co_return not_started(opened.error(), scope.label());
  session = std::move(*opened);
  sandbox::HostReply reply;
  for (;;) {
    sandbox::Step next = co_await session->advance(std::move(reply));
    if (auto* wanted = std::get_if<sandbox::HostCall>(&next)) {
      sandbox::HostCall call = std::move(*wanted);
      reply = co_await services_.broker.handle(std::move(call), scope);
      continue;
    }
    ToolOutcome out;
    if (auto* done = std::get_if<sandbox::Done>(&next)) {
      out.value = std::move(done->value);
    } else if (auto* failed = std::get_if<sandbox::Failed>(&next)) {
      out = outcome_of(*failed);
    } else {
      ENSURE(!"a session pauses on its own account");
    }
    co_return out;
  }
}

awaitable<ToolOutcome> ScriptRunner::call(std::shared_ptr<const ScriptSource> source,
                                          ScriptCall call, CallContext& context) {
  const Label label = call.identity.label;
  Result<Permissions> permissions = parse_permissions(call.permissions);
  if (!permissions) co_return not_started(permissions.error(), label);
  permissions->withheld = call.withheld;
  permissions->is_stranger = source->origin == ScriptOrigin::stranger;
  permissions->drives_tools = call.profile == "test";
  const Result<ScriptPlace*> place = place_of(*source);
  if (!place) co_return not_started(place.error(), label);
  const Deadline deadline = call.identity.deadline;
  CallScope scope(services_.policy, *permissions, call.identity, "lua:" + source->name, context);
  Result<SessionOrder> order = order_of(std::move(source), std::move(call), *permissions, context);
  if (!order) co_return not_started(order.error(), label);
  const Micros wall_us = order->wall_us;
  std::unique_ptr<ScriptSession> session;
  auto work = drive(**place, std::move(*order), scope, session);
  ToolOutcome out;
  try {
    out = co_await with_deadline(deadline, std::move(work));
  } catch (const DeadlineExceeded&) {
    out.outcome = Outcome::timeout;
    out.message = "the script had not ended at its deadline";
  }
  out.label = scope.label();
  out.message = scope.secrets().cut(std::move(out.message));
  if (session != nullptr) out.meter = session->meter();
  if (out.meter.is_object()) out.meter["clock_us"] = wall_us;
  if (!scope.audit().empty()) out.audit = scope.audit();
  co_return out;
}

}  // namespace yoke
