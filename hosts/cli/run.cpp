#include <iostream>
#include <iterator>

#include "agents/definition.h"
#include "hosts/app/app.h"
#include "hosts/app/project.h"
#include "hosts/cli/ask_grants.h"
#include "hosts/cli/attended.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/config/read_file.h"
#include "hosts/terminal/json_view.h"
#include "models/router.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kStdinBytesMax = 1 << 20;

// What was piped in, when something was: it is part of the task.
Result<std::string> piped_input(const Terminal& terminal, const RunOptions& options) {
  if (terminal.in_is_terminal() || options.input_json == "-") return std::string();
  std::string text(kStdinBytesMax + 1, '\0');
  std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::cin.gcount()));
  if (text.size() > kStdinBytesMax) {
    return Error{Errc::invalid,
                 "standard input is over 1 MiB; put it into a file that a tool reads"};
  }
  if (!is_valid_utf8(text)) return Error{Errc::invalid, "standard input is not valid UTF-8"};
  return text;
}

Result<Json> read_input(const RunOptions& options) {
  Json input = Json::object();
  if (!options.input_json.empty()) {
    std::string text;
    if (options.input_json == "-") {
      text.assign(std::istreambuf_iterator<char>(std::cin), {});
    } else {
      Result<std::string> read = read_file(options.input_json);
      if (!read) return read.error();
      text = std::move(*read);
    }
    Result<Json> parsed = parse_json(text);
    if (!parsed) return Error{Errc::invalid, parsed.error().detail, options.input_json};
    if (!parsed->is_object()) {
      return Error{Errc::invalid, "the input must be a JSON object", options.input_json};
    }
    input = std::move(*parsed);
  }
  for (const std::string& each : options.input) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error{Errc::invalid, "--input '" + each + "': write NAME=VALUE"};
    }
    input[each.substr(0, equals)] = each.substr(equals + 1);
  }
  return Result<Json>(boost::system::in_place_value, std::move(input));
}

// With -p the first word is the task: there is no agent.
RunOptions settled(RunOptions options) {
  if (options.plain && options.task.empty()) std::swap(options.agent, options.task);
  return options;
}

Error no_project(const Config& config) {
  return Error{Errc::invalid, "there is no yoke.toml in " + config.project_dir +
                                  " or above it: 'yoke init' makes a project"};
}

// That the model is there is found out before anything is begun.
Result<void> check_model(App& app, const RunOptions& options, const Program& program) {
  const std::string& name = options.model.empty() ? program.agent->spec().model : options.model;
  const Result<std::vector<std::string>> targets = app.models().targets_of(name);
  if (targets) return {};
  if (app.config().file.empty()) return no_project(app.config());
  return Error{Errc::invalid, targets.error().message()};
}

Result<StartRun> start_of(App& app, Terminal& terminal, const RunOptions& options) {
  Result<Program> program = options.plain ? app.project().plain_program(options.model)
                                          : app.project().program(options.agent);
  if (!program && app.config().file.empty()) return no_project(app.config());
  if (!program) return program.error();
  const Result<void> model = check_model(app, options, *program);
  if (!model) return model.error();
  StartRun start;
  Result<Json> input = read_input(options);
  if (!input) return input.error();
  Result<std::string> piped = piped_input(terminal, options);
  if (!piped) return piped.error();
  start.task = options.task;
  if (!piped->empty()) start.task += (start.task.empty() ? "" : "\n\n") + *piped;
  if (!is_valid_utf8(start.task)) return Error{Errc::invalid, "the task is not valid UTF-8"};
  start.input = std::move(*input);
  if (start.task.empty() && start.input.empty()) {
    return Error{Errc::invalid, "nothing to do: give a task, --input, or pipe one in"};
  }
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

awaitable<int> run(App& app, Terminal& terminal, RunOptions options, CommonOptions common) {
  if (options.go_on && options.session.empty()) {
    Result<std::string> session = co_await app.last_session();
    if (!session) co_return fail(terminal, session.error());
    options.session = std::move(*session);
  }
  Result<StartRun> start = start_of(app, terminal, options);
  if (!start) co_return fail(terminal, start.error());
  // What is not granted is refused when it is called; whoever is here is asked before the start.
  if (!common.quiet) {
    for (const Error& problem : app.project().problems()) {
      terminal.line("note: not loaded: " + printable(problem.message()));
    }
    ask_grants(app.project(), terminal, *start->program.tools, options.when_asked);
  }
  AttendedOptions attended;
  attended.common = common;
  attended.when_asked = options.when_asked;
  co_return co_await run_attended(app, terminal, std::move(*start), std::move(attended));
}

}  // namespace

int run_agent(const CommonOptions& common, const RunOptions& given) {
  Terminal terminal(common.color);
  if (given.plain && !given.task.empty()) {
    return fail(terminal, Error{Errc::invalid, "-p takes no agent and one task: quote the task"});
  }
  const RunOptions options = settled(given);
  if (options.detach) return run_detached(common, terminal, options);
  asio::io_context io{1};
  const Result<std::unique_ptr<App>> app = App::open(io, common, options.agent);
  if (!app) return fail(terminal, app.error());
  if (!common.quiet) warn_of_policy(terminal, **app);
  return run_to_end(io, terminal, run(**app, terminal, options, common));
}

}  // namespace yoke
