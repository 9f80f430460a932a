#include <algorithm>
#include <set>

#include "agents/definition.h"
#include "hosts/app/load_lines.h"
#include "hosts/app/model_checker.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/terminal/run_view.h"
#include "models/local/local_servers.h"
#include "models/router.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"
#include "runtime/loop/task_group.h"

// `yoke models check`: a real round trip to each target, in every way that agents use.
namespace yoke {
namespace {

constexpr NanoUsd kLimitUsual = 100'000'000;  // $0.10

// The targets named, routes taken apart; else all that routes name.
Result<std::vector<std::string>> targets_of(App& app, const std::vector<std::string>& names) {
  std::vector<std::string> wanted = names;
  if (wanted.empty()) wanted = app.models().route_names();
  std::vector<std::string> targets;
  for (const std::string& name : wanted) {
    const Result<std::vector<std::string>> found = app.models().targets_of(name);
    if (!found) return Error{Errc::invalid, found.error().message()};
    for (const std::string& target : *found) {
      const bool known = std::find(targets.begin(), targets.end(), target) != targets.end();
      if (!known) targets.push_back(target);
    }
  }
  if (!targets.empty()) return targets;
  return Error{Errc::invalid,
               "no route names a model: say which, as in 'yoke models check openai/gpt-5-mini'; "
               "'yoke models list' says which there are"};
}

Result<CheckOptions> options_of(const ModelsOptions& options) {
  CheckOptions check;
  check.limit = kLimitUsual;
  check.by = user_name();
  if (options.limits.empty()) return check;
  const Result<RunLimits> limits = parse_limits(options.limits, RunLimits{});
  if (!limits) return limits.error();
  if (limits->usd <= 0) {
    return Error{Errc::invalid, "--limit: a check takes usd=…, what all of it may cost"};
  }
  check.limit = limits->usd;
  check.strict = true;
  return check;
}

Style style_of(ProbeResult::State state) {
  switch (state) {
    case ProbeResult::State::works:
      return Style::green;
    case ProbeResult::State::failed:
      return Style::red;
    default:
      return Style::dim;
  }
}

// "openai/gpt-5-mini  tool call   works  $0.0004 · 1.2 s".
std::string line_of(const std::string& target, const ProbeResult& result) {
  std::string line = target + " · " + std::string(name_of(result.kind)) + ": " +
                     std::string(name_of(result.state));
  if (!result.note.empty()) line += " (" + shorten(result.note, 400) + ")";
  if (result.run_id.empty()) return printable(line);
  line += " · " + cost_text(result.cost, result.priced);
  if (result.total_ms) {
    line += " · " + to_short_text(std::chrono::microseconds(
                        static_cast<std::int64_t>(*result.total_ms * 1000)));
  }
  return printable(line);
}

Json json_of(const std::string& target, const ProbeResult& result) {
  Json out{{"target", target},    {"check", name_of(result.kind)}, {"state", name_of(result.state)},
           {"note", result.note}, {"run", result.run_id},          {"usage", to_json(result.usage)},
           {"cost", result.cost}, {"priced", result.priced}};
  if (result.total_ms) out["total_ms"] = *result.total_ms;
  return out;
}

std::string cell(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + "  ";
}

void print_table(Terminal& terminal, const std::vector<CheckedTarget>& checked) {
  std::size_t width = 6;
  for (const CheckedTarget& target : checked) width = std::max(width, target.target.size());
  std::string head = cell("target", width);
  for (const ProbeKind kind : kProbeKinds) head += cell(std::string(name_of(kind)), 10);
  terminal.out(head + "cost\n");
  for (const CheckedTarget& target : checked) {
    std::string row = cell(printable(target.target), width);
    for (const ProbeResult& result : target.results) {
      row += cell(std::string(name_of(result.state)), 10);
    }
    bool priced = true;
    const NanoUsd cost = cost_of({target}, priced);
    terminal.out(row + cost_text(cost, priced) + "\n");
  }
}

// Whether every target answers, whole and streamed.
bool all_answer(const std::vector<CheckedTarget>& checked) {
  for (const CheckedTarget& target : checked) {
    for (const ProbeResult& result : target.results) {
      if (result.state == ProbeResult::State::failed) return false;
      const bool needed = result.kind == ProbeKind::plain || result.kind == ProbeKind::streamed;
      if (needed && result.state != ProbeResult::State::works) return false;
    }
  }
  return true;
}

awaitable<int> check(App& app, Terminal& terminal, ModelsOptions options, CommonOptions common) {
  Result<std::vector<std::string>> targets = targets_of(app, options.routes);
  if (!targets) co_return fail(terminal, targets.error());
  Result<CheckOptions> how = options_of(options);
  if (!how) co_return fail(terminal, how.error());
  how->told = [&](const std::string& target, const ProbeResult& result) {
    if (common.json) return terminal.out(to_text(json_of(target, result)) + "\n");
    if (common.quiet) return;
    terminal.line(terminal.styled(style_of(result.state), line_of(target, result)));
  };
  auto checking = check_models(app, std::move(*targets), *how);
  const Checked checked = co_await std::move(checking);
  bool priced = true;
  const NanoUsd cost = cost_of(checked.targets, priced);
  if (!common.json) print_table(terminal, checked.targets);
  if (!common.json && !common.quiet) {
    terminal.line("all together: " + cost_text(cost, priced) +
                  "; the runs are in 'yoke runs list --agent check'");
  }
  if (checked.stopped) {
    terminal.line("stopped: the rest was not asked");
    co_return kExitCancelled;
  }
  co_return all_answer(checked.targets) ? kExitCompleted : kExitFailed;
}

// Without the control socket and its listeners: while somebody listens, every answer streams.
awaitable<int> with_lease(App& app, awaitable<int> work) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup background(executor);
  background.spawn(app.engine().keep_lease());
  std::exception_ptr failure;
  int status = kExitFailed;
  try {
    status = co_await std::move(work);
  } catch (...) {
    failure = std::current_exception();
  }
  background.cancel();
  co_await background.join();
  if (failure) std::rethrow_exception(failure);
  co_return status;
}

}  // namespace

int models_check(const CommonOptions& common, const ModelsOptions& options) {
  Terminal terminal(common.color);
  asio::io_context io{1};
  const Result<std::unique_ptr<App>> app = App::open(io, common, "", StoreUse::write);
  if (!app) return fail(terminal, app.error());
  LoadLines lines(terminal);
  LocalServers::Hooks hooks;
  if (!common.quiet) {
    hooks.load = [&lines](const LoadNote& note) { lines.show(note); };
    hooks.log = [&terminal](const std::string& backend, const std::string& line) {
      terminal.line(terminal.styled(Style::dim, printable(backend + " | " + line)));
    };
  }
  (*app)->local().set_hooks(std::move(hooks));
  return run_to_end(io, terminal, with_lease(**app, check(**app, terminal, options, common)));
}

}  // namespace yoke
