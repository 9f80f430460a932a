#include "tools/script_runner.h"

#include <algorithm>
#include <variant>

#include "runtime/base/text.h"
#include "runtime/loop/deadline.h"
#include "tools/script_outcome.h"

namespace yoke {
namespace {

sandbox::Source source_for_vm(const ScriptSource& source) {
  return sandbox::Source{source.name, source.text, source.libs};
}

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

Result<sandbox::Quota> quota_of(const std::string& profile) {
  sandbox::Quota quota;
  if (profile == "tool") return quota;
  if (profile == "model") {
    quota.instructions_max = 20'000'000;
    quota.memory_bytes_max = 64 << 20;
    quota.cpu_max = std::chrono::seconds(2);
    return quota;
  }
  if (profile == "test") {  // calls many tools, each with quotas of its own
    quota.instructions_max = 200'000'000;
    quota.memory_bytes_max = 128 << 20;
    quota.cpu_max = std::chrono::seconds(20);
    quota.host_calls_max = 10'000;
    return quota;
  }
  if (profile == "define") {
    quota.instructions_max = 1'000'000;
    quota.memory_bytes_max = 16 << 20;
    quota.cpu_max = std::chrono::milliseconds(250);
    quota.pattern_steps_max = 500'000;
    quota.log_bytes_max = 4 << 10;
    quota.host_calls_max = 0;
    return quota;
  }
  return Error{Errc::invalid, "there is no profile of quotas '" + printable(profile) + "'"};
}

// One state and what it says while it runs. Used by one thread at a time: the pool's during a step,
// the loop's between two. `lent_` belongs to the loop, which alone knows whether it still waits for
// the step that it handed over. Owners: the call, and a job that outlives it.
class ScriptRunner::Session {
 public:
  struct Line {
    bool is_progress = false;
    double done = 0;
    double total = 0;
    std::string level;
    std::string text;
  };

  Session(Program program, const sandbox::Quota& quota, sandbox::Inputs inputs, ScriptCall call)
      : call_(std::move(call)), vm_(std::move(program), quota, with_sinks(std::move(inputs))) {}

  sandbox::Step advance(const sandbox::HostReply& reply) {
    const bool first = !std::exchange(started_, true);
    return first ? vm_.start(call_.definition, call_.function, call_.args) : vm_.resume(reply);
  }

  // Between the two, a job has the state: from before it is posted until its step is back.
  void lend() { lent_ = true; }
  void take_back() { lent_ = false; }

  std::vector<Line> take_lines() { return std::exchange(lines_, {}); }
  // Null when the call was given up during a step.
  Json meter() const { return lent_ ? Json(nullptr) : to_json(vm_.meter()); }

 private:
  sandbox::Inputs with_sinks(sandbox::Inputs inputs) {
    inputs.log = [this](std::string_view level, std::string_view text) {
      lines_.push_back(Line{false, 0, 0, std::string(level), std::string(text)});
    };
    inputs.progress = [this](double done, double total, std::string_view text) {
      lines_.push_back(Line{true, done, total, {}, std::string(text)});
    };
    return inputs;
  }

  const ScriptCall call_;
  bool lent_ = false;
  bool started_ = false;
  std::vector<Line> lines_;
  sandbox::Vm vm_;
};

Result<ScriptRunner::Program> ScriptRunner::program_of(const ScriptSource& source) {
  const std::string key = hash_of(source) + " " + source.name;
  if (const auto found = programs_.find(key); found != programs_.end()) return found->second;
  Result<Program> program = sandbox::compile(source_for_vm(source), sandbox::Quota{});
  if (!program) return program;
  if (programs_.size() >= kProgramsMax) {
    programs_.erase(oldest_programs_.front());
    oldest_programs_.pop_front();
  }
  programs_.emplace(key, *program);
  oldest_programs_.push_back(key);
  return program;
}

Result<std::vector<ScriptDefinition>> ScriptRunner::define(const ScriptSource& source) {
  const Result<Program> program = program_of(source);
  if (!program) return program.error();
  sandbox::Vm vm(*program, *quota_of("define"), sandbox::Inputs{});
  Result<std::vector<sandbox::Definition>> definitions = vm.define();
  if (!definitions) return definitions.error();
  std::vector<ScriptDefinition> out;
  for (sandbox::Definition& definition : *definitions) {
    out.push_back(to_port(std::move(definition)));
  }
  return out;
}

Result<std::shared_ptr<ScriptRunner::Session>> ScriptRunner::open(const ScriptSource& source,
                                                                  const ScriptCall& call,
                                                                  const Permissions& permissions) {
  const Result<Program> program = program_of(source);
  if (!program) return program.error();
  const Result<sandbox::Quota> quota = quota_of(call.profile);
  if (!quota) return quota.error();
  if (Result<void> checked = services_.broker.check(permissions); !checked) return checked.error();
  sandbox::Inputs inputs;
  inputs.random_seed = seed_of(call.identity);
  inputs.wall_us = services_.wall.now();
  inputs.modules = permissions.modules();
  ScriptCall copy = call;
  put_deadline(copy.args, call.identity.deadline, inputs.wall_us);
  return std::make_shared<Session>(*program, *quota, std::move(inputs), std::move(copy));
}

awaitable<sandbox::Step> ScriptRunner::step(std::shared_ptr<Session> session,
                                            sandbox::HostReply reply, CallContext& context) {
  sandbox::Step next;
  if (services_.threads == nullptr) {
    next = session->advance(reply);
  } else {
    auto job = [session, reply = std::move(reply)] { return session->advance(reply); };
    session->lend();
    next = co_await offload(*services_.threads, std::move(job));
    session->take_back();
  }
  for (const Session::Line& line : session->take_lines()) {
    if (line.is_progress) {
      context.progress(line.done, line.total, line.text);
    } else {
      context.log(line.level, line.text);
    }
  }
  co_return next;
}

awaitable<ToolOutcome> ScriptRunner::drive(std::shared_ptr<Session> session, CallScope& scope) {
  sandbox::HostReply reply;
  for (;;) {
    sandbox::Step next = co_await step(session, std::move(reply), scope.context());
    if (auto* failed = std::get_if<sandbox::Failed>(&next)) co_return outcome_of(*failed);
    if (auto* done = std::get_if<sandbox::Done>(&next)) {
      ToolOutcome out;
      out.value = std::move(done->value);
      co_return out;
    }
    sandbox::HostCall wanted = std::move(std::get<sandbox::HostCall>(next));
    reply = co_await services_.broker.handle(std::move(wanted), scope);
  }
}

awaitable<ToolOutcome> ScriptRunner::call(std::shared_ptr<const ScriptSource> source,
                                          ScriptCall call, CallContext& context) {
  const Label label = call.identity.label;
  Result<Permissions> permissions = parse_permissions(call.permissions);
  if (!permissions) co_return not_started(permissions.error(), label);
  permissions->withheld = call.withheld;
  permissions->drives_tools = call.profile == "test";
  const auto session = open(*source, call, *permissions);
  if (!session) co_return not_started(session.error(), label);
  const Deadline deadline = call.identity.deadline;
  CallScope scope(services_.policy, std::move(*permissions), std::move(call.identity),
                  "lua:" + source->name, context);
  auto work = drive(*session, scope);
  ToolOutcome out;
  try {
    out = co_await with_deadline(deadline, std::move(work));
  } catch (const DeadlineExceeded&) {
    out.outcome = Outcome::timeout;
    out.message = "the script had not ended at its deadline";
  }
  out.label = scope.label();
  out.message = scope.secrets().cut(std::move(out.message));
  out.meter = (*session)->meter();
  if (!scope.audit().empty()) out.audit = scope.audit();
  co_return out;
}

}  // namespace yoke
