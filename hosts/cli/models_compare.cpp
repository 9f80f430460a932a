#include <algorithm>
#include <filesystem>

#include "hosts/app/checks_file.h"
#include "hosts/app/images.h"
#include "hosts/app/journal_cases.h"
#include "hosts/app/project.h"
#include "hosts/app/trial_runner.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/shadow_trial.h"
#include "hosts/cli/support.h"
#include "hosts/cli/trial_report.h"
#include "hosts/cli/trial_support.h"
#include "hosts/config/read_file.h"
#include "models/router.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "trials/table.h"

namespace yoke {
namespace {

Result<std::vector<Check>> checks_of(App& app, const ModelsOptions& options) {
  if (options.checks.empty()) return std::vector<Check>{};
  const Result<std::vector<CheckText>> entries = read_checks_file(options.checks);
  if (!entries) return entries.error();
  const CheckFiles files = check_files_beside(app, options.checks);
  Result<std::vector<Check>> checks = read_checks(*entries, files);
  if (!checks) return checks.error();
  if (Result<void> there = require_judges(app, *checks); !there) return there.error();
  return checks;
}

Result<void> add_images(TrialCase& one, const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const std::string& name : one.images) {
    const bool address = name.find(':') != std::string::npos;
    names.push_back(address ? name : (folder / name).string());
  }
  Result<std::vector<ImagePart>> images = load_images(names);
  if (!images) return Error{Errc::invalid, images.error().message(), one.place};
  for (ImagePart& image : *images) {
    one.request.messages.back().parts.emplace_back(std::move(image));
  }
  return {};
}

// Images are named as seen from the prompts file.
Result<std::vector<TrialCase>> prompts_of(const std::string& file) {
  const Result<std::string> text = read_file(file);
  if (!text) return text.error();
  Result<std::vector<TrialCase>> cases = read_cases(*text, file);
  if (!cases) return cases;
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  for (TrialCase& one : *cases) {
    const Result<void> added = add_images(one, folder);
    if (!added) return added.error();
  }
  return cases;
}

awaitable<Result<std::vector<TrialCase>>> cases_of(App& app, ModelsOptions options) {
  if (!options.prompts.empty()) co_return prompts_of(options.prompts);
  std::vector<TrialCase> all;
  for (const std::string& typed : options.runs) {
    Result<std::string> id = co_await find_run(app.store(), typed);
    if (!id) co_return id.error();
    Result<std::vector<TrialCase>> cases =
        co_await cases_of_run(app.store(), app.engine(), std::move(*id));
    if (!cases) co_return cases.error();
    for (TrialCase& one : *cases) all.push_back(std::move(one));
  }
  if (all.empty()) co_return Error{Errc::invalid, "no model was called in those runs"};
  co_return all;
}

// What makes two comparisons one: who is asked what, and how often.
std::string hash_of(const Trial& trial) {
  Hasher hasher;
  hasher.field("yoke.trial.1");
  hasher.field(trial.repeats).field(static_cast<std::int64_t>(trial.seed));
  for (const std::string& route : trial.routes) hasher.field(route);
  for (const TrialCase& one : trial.cases) hasher.field(one.id).field(to_text(one.request));
  return to_hex(hasher.finish());
}

Result<Trial> trial_of(App& app, const ModelsOptions& options, std::vector<TrialCase> cases) {
  Trial trial;
  trial.routes = options.routes;
  trial.cases = std::move(cases);
  trial.repeats = options.repeat;
  trial.seed = options.seed;
  for (const std::string& route : trial.routes) {
    const auto targets = app.models().targets_of(route);
    if (!targets) return Error{Errc::invalid, targets.error().message()};
  }
  lay_out(trial);
  return trial;
}

awaitable<int> compare(App& app, Terminal& terminal, ModelsOptions options, CommonOptions common) {
  const Result<NanoUsd> limit = trial_limit(options.limits);
  if (!limit) co_return fail(terminal, limit.error());
  const Result<std::vector<Check>> checks = checks_of(app, options);
  if (!checks) co_return fail(terminal, checks.error());
  Result<std::vector<TrialCase>> cases = co_await cases_of(app, options);
  if (!cases) co_return fail(terminal, cases.error());
  const Result<void> fit = check_fit(*checks, *cases);
  if (!fit) co_return fail(terminal, fit.error());
  Result<Trial> trial = trial_of(app, options, std::move(*cases));
  if (!trial) co_return fail(terminal, trial.error());
  const std::string hash = hash_of(*trial);
  TrialName name{*trial, hash, options.again};
  const Result<void> named = co_await name_trial(app, terminal, std::move(name));
  if (!named) co_return fail(terminal, named.error());
  TrialOptions how;
  how.at_once = options.at_once;
  how.limit = *limit;
  how.by = user_name();
  TrialRunner runner(app, *trial, *checks, std::move(how));
  TrialRunner::Progress progress;
  if (!common.quiet && !common.json) {
    progress = [&terminal](std::size_t done, std::size_t all, NanoUsd spent) {
      terminal.live(std::to_string(done) + " of " + std::to_string(all) + " asked · " +
                    to_dollars(spent));
    };
  }
  RanTrial ran;
  co_await run_heeding_signals(runner, std::move(progress), ran);
  terminal.end_live();
  if (ran.interrupted) {
    const auto asked = std::count_if(trial->cells.begin(), trial->cells.end(),
                                     [](const Cell& cell) { return cell.asked; });
    terminal.line("stopped with " + std::to_string(asked) + " of " +
                  std::to_string(trial->cells.size()) +
                  " answers; the same command goes on with it");
    co_return kExitCancelled;
  }
  if (ran.failure) std::rethrow_exception(ran.failure);
  const Result<TrialEnd>& end = *ran.end;
  if (!end) co_return fail(terminal, end.error());
  if (end->whole) {
    const Result<void> marked = co_await mark_whole(app, trial->id, hash);
    if (!marked) co_return fail(terminal, marked.error());
  }
  const int status = report_trial(terminal, *trial, options, common);
  if (status != kExitCompleted || end->limit.empty()) co_return status;
  terminal.line("yoke: the comparison is not whole: " + printable(end->limit) +
                "; once there is more to spend, the same command goes on with it");
  co_return kExitLimit;
}

Result<Micros> since_of(const std::string& text) {
  if (text.empty()) return Micros{0};
  const Result<std::chrono::milliseconds> ago = parse_duration(text);
  if (ago) return SystemWallClock().now() - ago->count() * 1000;
  const Result<Micros> at = micros_from_iso8601(text);
  if (at) return at;
  return Error{Errc::invalid, "--since '" + text + "': write 7d, 12h or 2026-11-21T10:00:00Z"};
}

// What was answered is there already: it is held to the checks, and reported.
awaitable<int> compare_shadows(App& app, Terminal& terminal, ModelsOptions options,
                               CommonOptions common) {
  const Result<Micros> since = since_of(options.since);
  if (!since) co_return fail(terminal, since.error());
  const Result<std::vector<Check>> checks = checks_of(app, options);
  if (!checks) co_return fail(terminal, checks.error());
  Result<Trial> trial = co_await trial_of_shadows(app, options.shadows, *since);
  if (!trial) co_return fail(terminal, trial.error());
  const Result<void> fit = check_fit(*checks, trial->cases);
  if (!fit) co_return fail(terminal, fit.error());
  TrialOptions how;
  how.at_once = options.at_once;
  how.by = user_name();
  TrialRunner runner(app, *trial, *checks, std::move(how));
  TrialRunner::Progress silent;
  const Result<TrialEnd> end = co_await runner.judge(std::move(silent));
  if (!end) co_return fail(terminal, end.error());
  co_return report_trial(terminal, *trial, options, common);
}

Result<void> check_options(const ModelsOptions& options) {
  if (!options.shadows.empty()) {
    if (options.routes.empty() && options.prompts.empty() && options.runs.empty()) return {};
    return Error{Errc::invalid,
                 "--shadows reports what was answered: it takes no other routes, "
                 "prompts or runs"};
  }
  if (options.routes.size() < 2) {
    return Error{Errc::invalid,
                 "name two routes or more; the first is what the others are "
                 "compared with, and may be named twice to try the trial itself"};
  }
  if (options.prompts.empty() == options.runs.empty()) {
    return Error{Errc::invalid, "say what to ask: --prompts FILE, or --runs ID…"};
  }
  return {};
}

}  // namespace

int models_compare(const CommonOptions& common, const ModelsOptions& options) {
  const Result<void> well = check_options(options);
  if (!well) {
    Terminal terminal(common.color);
    return fail(terminal, well.error());
  }
  const bool shadows = !options.shadows.empty();
  // Without a check nobody is asked: the store stays free for whoever holds it.
  const StoreUse use = shadows && options.checks.empty() ? StoreUse::read : StoreUse::write;
  return with_app(common, "", use, [&](App& app, Terminal& out) {
    return shadows ? compare_shadows(app, out, options, common)
                   : compare(app, out, options, common);
  });
}

}  // namespace yoke
