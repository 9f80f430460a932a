#include "hosts/hook/schedules/start_schedule.h"
#include "agents/definition.h"
#include "hosts/hook/listed_agent.h"
#include "hosts/hook/requesters.h"
#include "hosts/hook/schedules/read_schedules.h"
#include "hosts/hook/schedules/schedules.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

// As --limits has them.
std::string limits_text(const Json& limits) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : limits.items()) {
    parts.push_back(name + "=" + (value.is_string() ? value.get<std::string>() : to_text(value)));
  }
  return join(parts, ",");
}

awaitable<Result<std::string>> start_it(HookServices services, Schedule schedule, std::string key) {
  Result<StartRun> run = run_of_schedule(services.app, schedule);
  if (!run) co_return run.error();
  run->idem_key = std::move(key);
  auto starting = services.drivers.start(std::move(*run));
  Result<Created> created = co_await std::move(starting);
  if (!created) co_return created.error();
  co_return created->claim.run_id;
}

}  // namespace

Result<StartRun> run_of_schedule(App& app, const Schedule& schedule) {
  const ScheduleConfig& text = schedule.text;
  if (!schedule.from_file) {
    const Result<void> listed = check_listed_agent(app, Principal(), text.agent);
    if (!listed) return listed.error();
  }
  ProgramChoice choice;
  choice.agent = text.agent;
  Result<Program> program = app.choose(choice);
  if (!program) return program.error();
  const bool has_words = !text.task.empty() || !text.input.empty();
  if (!has_words && program->agent->spec().strategy != "workflow") {
    return Error{Errc::invalid,
                 "its runs would have nothing to do: give it a 'task' or an 'input'"};
  }
  StartRun run;
  if (!text.limits.empty()) {
    Result<RunLimits> limits =
        parse_limits(limits_text(text.limits), program->agent->spec().limits);
    if (!limits) return limits.error();
    run.limits = *limits;
  }
  run.program = std::move(*program);
  run.task = text.task;
  run.input = text.input;
  run.session = text.session;
  run.on_busy = OnBusy::enqueue;
  run.tenant = text.tenant;
  run.by = "schedule:" + schedule.name;
  if (!schedule.authors.empty()) run.note = note_of_requesters(schedule.authors);
  return run;
}

Result<void> check_schedules(App& app) {
  Result<std::vector<Schedule>> schedules = schedules_of(app.config());
  if (!schedules) return schedules.error();
  for (const Schedule& each : *schedules) {
    if (Result<StartRun> run = run_of_schedule(app, each); !run) {
      return Error{Errc::invalid, "schedules." + each.name + ": " + run.error().message(),
                   place_in(app.config(), each.text.line)};
    }
  }
  return {};
}

Result<std::unique_ptr<Scheduler>> make_scheduler(HookServices services, HookLog log) {
  if (Result<void> good = check_schedules(services.app); !good) return good.error();
  Result<std::vector<Schedule>> schedules = schedules_of(services.app.config());
  if (!schedules) return schedules.error();
  auto start = [services](Schedule schedule, std::string key) {
    return start_it(services, std::move(schedule), std::move(key));
  };
  Scheduler::Parts parts{services.app.store(), services.wall, start, std::move(log)};
  return std::make_unique<Scheduler>(std::move(parts), std::move(*schedules));
}

}  // namespace yoke
