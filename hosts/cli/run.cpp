#include "agents/definition.h"
#include "hosts/app/agent_package.h"
#include "hosts/app/app.h"
#include "hosts/app/context_files.h"
#include "hosts/app/project.h"
#include "hosts/cli/ask_grants.h"
#include "hosts/cli/attended.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/run_task.h"
#include "hosts/cli/support.h"
#include "hosts/config/read_file.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

// With -p the first word is the task: there is no agent.
RunOptions settled(RunOptions options) {
  if (options.plain && options.task.empty()) std::swap(options.agent, options.task);
  return options;
}

Result<StartRun> start_of(App& app, Terminal& terminal, const RunOptions& options) {
  const ProgramChoice choice{options.agent, options.plain, options.model};
  Result<Program> program = app.choose(choice);
  if (!program) return program.error();
  if (!options.plan.empty()) {
    const Result<std::string> text = read_file(options.plan);
    if (!text) return text.error();
    Result<Json> plan = parse_json(*text);
    if (!plan) return Error{Errc::invalid, plan.error().detail, options.plan};
    program = app.project().with_plan(std::move(*program), std::move(*plan));
    if (!program) return Error{Errc::invalid, program.error().detail, options.plan};
  }
  const bool needs_task = options.plan.empty() && program->agent->spec().strategy != "workflow";
  Result<RunTask> wanted = read_task(terminal, options, needs_task);
  if (!wanted) return wanted.error();
  StartRun start;
  start.task = std::move(wanted->task);
  start.input = std::move(wanted->input);
  start.images = std::move(wanted->images);
  if (!options.limits.empty()) {
    const Result<RunLimits> limits = parse_limits(options.limits, program->agent->spec().limits);
    if (!limits) return limits.error();
    start.limits = *limits;
  }
  start.program = std::move(*program);
  start.model = options.model;
  start.session = options.session;
  start.by = user_name();
  return start;
}

// What came with the agent and cannot be used, and what it wants whoever asks it to know.
void tell_package(App& app, Terminal& terminal, const Program& program) {
  const std::string file = string_at(member_at(program.source, "package"), "file");
  if (file.empty()) return;
  const Result<std::shared_ptr<const AgentPackage>> package = app.project().package(file);
  if (!package) return;
  for (const PluginFinding& finding : (*package)->findings()) {
    if (finding.verdict == PluginFinding::Verdict::error) {
      terminal.line("note: " + to_line(finding));
    }
  }
  const std::string& disclaimer = (*package)->agent().disclaimer;
  if (!disclaimer.empty()) terminal.line(printable(disclaimer));
}

awaitable<int> run(App& app, Terminal& terminal, RunOptions options, CommonOptions common) {
  if (options.go_on && options.session.empty()) {
    Result<std::string> session = co_await app.last_session();
    if (!session) co_return fail(terminal, session.error());
    options.session = std::move(*session);
  }
  if (const int wrong = refuse_settings(terminal, app); wrong != kExitCompleted) co_return wrong;
  Result<StartRun> start = start_of(app, terminal, options);
  if (!start) co_return fail(terminal, start.error());
  // What is not granted is refused when it is called; whoever is here is asked before the start.
  if (!common.quiet) {
    for (const Error& problem : app.project().problems()) {
      terminal.line("note: not loaded: " + printable(problem.message()));
    }
    for (const Error& problem : skills_of(app.config()).problems) {
      terminal.line("note: not loaded: " + printable(problem.message()));
    }
    ask_grants(app.project(), terminal, start->program, options.when_asked);
    ask_packages(app, terminal, start->program, options.when_asked);
    tell_package(app, terminal, start->program);
  }
  AttendedOptions attended;
  attended.common = common;
  attended.when_asked = options.when_asked;
  co_return co_await run_attended(app, terminal, std::move(*start), std::move(attended));
}

}  // namespace

int run_agent(const CommonOptions& common, const RunOptions& given) {
  if (given.plain && !given.task.empty()) {
    Terminal terminal(common.color);
    return fail(terminal, Error{Errc::invalid, "-p takes no agent and one task: quote the task"});
  }
  const RunOptions options = settled(given);
  if (options.detach) return run_detached(common, options);
  return with_app(common, options.agent, StoreUse::write,
                  [&](App& app, Terminal& out) { return run(app, out, options, common); });
}

}  // namespace yoke
