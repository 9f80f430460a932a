#include "hosts/cli/eval.h"

#include <algorithm>

#include "hosts/app/checks_file.h"
#include "hosts/cli/eval_report.h"
#include "hosts/cli/support.h"
#include "hosts/cli/trial_support.h"
#include "hosts/eval/eval_runner.h"
#include "hosts/eval/run_cases.h"
#include "runtime/base/counted.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "trials/html_report.h"
#include "trials/table.h"

namespace yoke {
namespace {

constexpr std::size_t kFailingShown = 10;
constexpr int kAtOnceUsual = 4;

// The set as its file and the command line have it.
Result<EvalSet> set_of(const EvalVerb& verb) {
  EvalSet set;
  if (!verb.file.empty()) {
    Result<EvalSet> read = read_eval_file(verb.file);
    if (!read) return read;
    set = std::move(*read);
  }
  if (!verb.agents.empty() || !verb.routes.empty()) {
    set.agents = verb.agents;
    set.routes = verb.routes;
  }
  if (verb.repeat > 0) set.repeat = verb.repeat;
  if (verb.at_once > 0) set.at_once = verb.at_once;
  if (!verb.limit.empty()) set.limit = verb.limit;
  if (!verb.limits.empty()) set.limits = verb.limits;
  if (verb.min_pass) set.min_pass = verb.min_pass;
  return set;
}

awaitable<Result<void>> add_runs(App& app, EvalSet& set, std::vector<std::string> runs) {
  for (const std::string& typed : runs) {
    Result<std::string> id = co_await find_run(app.store(), typed);
    if (!id) co_return id.error();
    Result<std::vector<EvalCase>> cases =
        co_await eval_cases_of_run(app.store(), app.engine(), std::move(*id));
    if (!cases) co_return cases.error();
    for (EvalCase& one : *cases) set.cases.push_back(std::move(one));
  }
  co_return Result<void>();
}

Result<void> keep_only(EvalSet& set, const std::vector<std::string>& only) {
  if (only.empty()) return {};
  const auto unwanted = [&only](const std::string& id) {
    return std::none_of(only.begin(), only.end(),
                        [&id](const std::string& glob) { return glob_match(glob, id); });
  };
  std::erase_if(set.cases, [&](const EvalCase& each) { return unwanted(each.one.id); });
  std::erase_if(set.checks, [&](const EvalCheck& each) {
    return !each.of_case.empty() && unwanted(each.of_case);
  });
  if (!set.cases.empty()) return {};
  return Error{Errc::invalid, "--only matches no case"};
}

// Those of the set, then those of --checks.
Result<std::vector<Check>> eval_checks(App& app, const EvalSet& set, const EvalVerb& verb) {
  std::vector<Check> checks;
  const CheckFiles beside = check_files_beside(app, verb.file.empty() ? "./set" : verb.file);
  for (const EvalCheck& each : set.checks) {
    Result<std::vector<Check>> read = read_checks({each.text}, beside);
    if (!read) return read.error();
    read->front().of_case = each.of_case;
    checks.push_back(std::move(read->front()));
  }
  if (!verb.checks.empty()) {
    const Result<std::vector<CheckText>> entries = read_checks_file(verb.checks);
    if (!entries) return entries.error();
    Result<std::vector<Check>> read = read_checks(*entries, check_files_beside(app, verb.checks));
    if (!read) return read.error();
    for (Check& each : *read) checks.push_back(std::move(each));
  }
  if (Result<void> there = require_judges(app, checks); !there) return there.error();
  return checks;
}

// Checks that are of all cases are for those that they name: a set that was narrowed need not have
// any of them.
Result<void> fit_checks(std::vector<Check>& checks, const EvalSet& set, bool narrowed) {
  std::vector<TrialCase> cases;
  for (const EvalCase& each : set.cases) cases.push_back(each.one);
  if (narrowed) {
    std::erase_if(checks, [&cases](const Check& check) {
      return std::none_of(cases.begin(), cases.end(),
                          [&check](const TrialCase& one) { return check.applies_to(one); });
    });
  }
  return check_fit(checks, cases);
}

Trial eval_trial(const EvalSet& set, const EvalVerb& verb) {
  Trial trial;
  trial.unit = "case";
  trial.title = "Evaluation " + (set.name.empty() ? std::string("of recorded runs") : set.name);
  for (const EvalSubject& subject : subjects_of(set)) trial.routes.push_back(title_of(subject));
  for (const EvalCase& each : set.cases) trial.cases.push_back(each.one);
  trial.repeats = set.repeat.value_or(1);
  trial.seed = verb.seed;
  lay_out(trial);
  return trial;
}

// What makes two evaluations one: who is asked what, how often, and made of what.
std::string eval_hash(const Trial& trial, const EvalSet& set, const EvalRunner& runner,
                      const EvalVerb& verb) {
  Hasher hasher;
  hasher.field("yoke.eval.1").field(trial.repeats).field(static_cast<std::int64_t>(trial.seed));
  hasher.field(runner.hash_of_programs()).field(set.limits).field(verb.replay_tools ? 1 : 0);
  for (const std::string& route : trial.routes) hasher.field(route);
  for (const EvalCase& each : set.cases) {
    hasher.field(each.one.id).field(to_text(each.one.request)).field(each.agent).field(each.task);
    hasher.field(to_text(each.input)).field(to_text(each.recorded));
    for (const Message& message : each.messages) hasher.field(to_text(to_json(message)));
  }
  return to_hex(hasher.finish());
}

// What goes on, on the screen: a bar on a terminal, else a line for each answer.
class EvalProgress {
 public:
  EvalProgress(Terminal& terminal, const Trial& trial, bool silent)
      : terminal_(terminal), trial_(trial), silent_(silent) {}

  void told(const Cell& cell, std::size_t case_at, std::size_t subject_at) {
    ++told_;
    failed_ += !cell.answered && !cell.errored;
    errored_ += cell.errored;
    if (silent_ || terminal_.err_is_terminal()) return;
    const std::string place =
        "[" + std::to_string(told_) + "/" + std::to_string(trial_.cells.size()) + "] ";
    terminal_.line(place + printable(cell_line(trial_, cell, case_at, subject_at)));
  }
  void moved(std::size_t done, std::size_t all, NanoUsd spent) {
    if (silent_) return;
    std::string more = to_dollars(spent);
    if (failed_ > 0) more = std::to_string(failed_) + " failed · " + more;
    if (errored_ > 0) more = std::to_string(errored_) + " errored · " + more;
    terminal_.live(progress_bar(done, all, more, terminal_.width() - 1));
  }

 private:
  Terminal& terminal_;
  const Trial& trial_;
  const bool silent_;
  std::size_t told_ = 0;
  std::size_t failed_ = 0;
  std::size_t errored_ = 0;  // after they were asked again
};

struct EvalWork {  // of one call of `yoke eval`
  App& app;
  Terminal& terminal;
  const EvalVerb& verb;
  const CommonOptions& common;
};

std::int64_t errored_in(const Trial& trial) {
  return std::count_if(trial.cells.begin(), trial.cells.end(),
                       [](const Cell& cell) { return cell.errored; });
}

int tell_results(const EvalWork& work, const Trial& trial, const EvalSet& set) {
  Terminal& terminal = work.terminal;
  const Comparison comparison = compare(trial);
  EvalBounds bounds{set.min_pass, work.verb.no_worse};
  const std::vector<std::string> broken = broken_bounds(trial, comparison, bounds);
  if (work.common.json) {
    Json out = comparison_json(trial, comparison);
    out["evaluation"] = trial.title;
    out["kept"] = broken.empty();
    out["broken"] = broken;
    terminal.out(to_text(out) + "\n");
  } else {
    terminal.out(table_text(trial, comparison));
    const std::vector<std::string> failing = failing_lines(trial, kFailingShown);
    if (!failing.empty()) terminal.out("\ndid not pass\n");
    for (const std::string& line : failing) terminal.out("  " + printable(line) + "\n");
    const std::vector<std::string> errored = errored_lines(trial, kFailingShown);
    if (!errored.empty()) terminal.out("\nerrored on the way, and are not judged\n");
    for (const std::string& line : errored) terminal.out("  " + printable(line) + "\n");
  }
  if (!work.verb.html.empty()) {
    const Result<void> written =
        write_text_file(work.verb.html, html_report(trial, comparison, made_now()));
    if (!written) return fail(terminal, written.error());
    if (!work.common.quiet) terminal.line("page: " + printable(work.verb.html));
  }
  for (const std::string& line : broken) terminal.line("yoke: " + printable(line));
  const std::int64_t errored = errored_in(trial);
  if (errored > 0) {
    terminal.line("yoke: the evaluation is not whole: " + counted(errored, "answer") +
                  " errored on the way; the same command asks again for " +
                  (errored == 1 ? "it" : "them"));
  }
  return broken.empty() && errored == 0 ? kExitCompleted : kExitFailed;
}

// Holds what was answered to the checks, with what is left of the money.
awaitable<Result<TrialEnd>> judge_all(EvalWork work, Trial& trial, const std::vector<Check>& checks,
                                      TrialOptions options) {
  TrialRunner judging(work.app, trial, checks, std::move(options));
  TrialRunner::Progress silent;
  co_return co_await judging.judge(std::move(silent));
}

int tell_stopped(Terminal& terminal, const Trial& trial) {
  const auto asked = std::count_if(trial.cells.begin(), trial.cells.end(),
                                   [](const Cell& cell) { return cell.asked; });
  terminal.line("stopped with " + std::to_string(asked) + " of " +
                std::to_string(trial.cells.size()) + " answers; the same command goes on with it");
  return kExitCancelled;
}

awaitable<int> run_set(EvalWork work, EvalSet set, std::vector<Check> checks, NanoUsd limit) {
  Terminal& terminal = work.terminal;
  Trial trial = eval_trial(set, work.verb);
  const bool silent = work.common.quiet || work.common.json;
  EvalProgress progress(terminal, trial, silent);
  EvalOptions how;
  how.limit = limit;
  how.at_once = set.at_once.value_or(kAtOnceUsual);
  how.limits = set.limits;
  how.by = user_name();
  how.errored_again = !work.verb.again;  // then nothing is run anew
  how.replay_tools = work.verb.replay_tools;
  how.when_asked = work.verb.when_asked;
  EvalRunner runner(work.app, trial, set, how,
                    [&progress](const Cell& cell, std::size_t case_at, std::size_t subject_at) {
                      progress.told(cell, case_at, subject_at);
                    });
  const Result<void> prepared = runner.prepare();
  if (!prepared) co_return fail(terminal, prepared.error());
  const std::string hash = eval_hash(trial, set, runner, work.verb);
  if (work.verb.fresh) {
    const Result<void> left = co_await mark_whole(work.app, "", hash);
    if (!left) co_return fail(terminal, left.error());
  }
  TrialName name{trial, hash, work.verb.again, "evaluation", "this set was never run over these"};
  const Result<void> named = co_await name_trial(work.app, terminal, std::move(name));
  if (!named) co_return fail(terminal, named.error());
  TrialOptions asking;
  asking.at_once = how.at_once;
  asking.by = how.by;
  asking.asks = &runner;
  const std::vector<Check> none;
  TrialRunner trial_runner(work.app, trial, none, asking);
  TrialRunner::Progress moved;
  if (!silent) {
    moved = [&progress](std::size_t done, std::size_t all, NanoUsd spent) {
      progress.moved(done, all, spent);
    };
  }
  RanTrial ran;
  co_await run_heeding_signals(trial_runner, std::move(moved), ran);
  terminal.end_live();
  if (ran.interrupted) co_return tell_stopped(terminal, trial);
  if (ran.failure) std::rethrow_exception(ran.failure);
  Result<TrialEnd> asked = std::move(*ran.end);
  if (!asked) co_return fail(terminal, asked.error());
  asking.asks = nullptr;
  if (limit > 0) asking.limit = std::max<NanoUsd>(1, limit - runner.spent());
  const Result<TrialEnd> judged = co_await judge_all(work, trial, checks, asking);
  if (!judged) co_return fail(terminal, judged.error());
  const std::string reached = asked->limit.empty() ? judged->limit : asked->limit;
  if (asked->whole && reached.empty() && errored_in(trial) == 0) {
    const Result<void> marked = co_await mark_whole(work.app, trial.id, hash);
    if (!marked) co_return fail(terminal, marked.error());
  }
  const int status = tell_results(work, trial, set);
  if (reached.empty()) co_return status;
  terminal.line("yoke: the evaluation is not whole: " + printable(reached) +
                "; once there is more to spend, the same command goes on with it");
  co_return kExitLimit;
}

awaitable<int> evaluate(App& app, Terminal& terminal, EvalVerb verb, CommonOptions common) {
  if (const int wrong = refuse_settings(terminal, app); wrong != kExitCompleted) co_return wrong;
  Result<EvalSet> set = set_of(verb);
  if (!set) co_return fail(terminal, set.error());
  const Result<void> added = co_await add_runs(app, *set, verb.runs);
  if (!added) co_return fail(terminal, added.error());
  if (!verb.save.empty()) {
    const Result<std::string> lines = lines_of(set->cases);
    if (!lines) co_return fail(terminal, lines.error());
    const Result<void> written = write_text_file(verb.save, *lines);
    if (!written) co_return fail(terminal, written.error());
    terminal.line(counted(std::ssize(set->cases), "case") + ": " + printable(verb.save));
    co_return kExitCompleted;
  }
  if (set->cases.empty()) {
    co_return fail(terminal, Error{Errc::invalid, "there is no case in it", verb.file});
  }
  if (Result<void> kept = keep_only(*set, verb.only); !kept) co_return fail(terminal, kept.error());
  const Result<NanoUsd> limit = trial_limit(set->limit);
  if (!limit) co_return fail(terminal, limit.error());
  Result<std::vector<Check>> checks = eval_checks(app, *set, verb);
  if (!checks) co_return fail(terminal, checks.error());
  const Result<void> fit = fit_checks(*checks, *set, !verb.only.empty());
  if (!fit) co_return fail(terminal, fit.error());
  if (checks->empty() && (set->min_pass || verb.no_worse)) {
    co_return fail(terminal, Error{Errc::invalid,
                                   "there is no check that an answer could pass; "
                                   "add [[check]] to the set, or --checks FILE"});
  }
  const EvalWork work{app, terminal, verb, common};
  std::vector<Check> held = std::move(*checks);
  co_return co_await run_set(work, std::move(*set), std::move(held), *limit);
}

Result<void> check_words(const EvalVerb& verb) {
  if (verb.file.empty() && verb.runs.empty()) {
    return Error{Errc::invalid, "say what to run: a data set's FILE, or --from-runs ID…"};
  }
  if (!verb.save.empty() && verb.runs.empty()) {
    return Error{Errc::invalid, "--save writes the cases of --from-runs ID…"};
  }
  return {};
}

}  // namespace

int evaluate_set(const CommonOptions& common, const EvalVerb& verb) {
  const Result<void> well = check_words(verb);
  if (!well) {
    Terminal terminal(common.color);
    return fail(terminal, well.error());
  }
  return with_app(common, "", StoreUse::write,
                  [&](App& app, Terminal& out) { return evaluate(app, out, verb, common); });
}

void add_eval(CLI::App& root, CommonOptions& common, EvalVerb& verb, std::function<int()>& chosen) {
  CLI::App* eval = root.add_subcommand("eval", "Run a data set over agents and routes, and check");
  eval->footer("Example:\n  yoke eval capitals.toml --agent analyst --html report.html");
  eval->callback([&] { chosen = [&] { return evaluate_set(common, verb); }; });
  eval->add_option("file", verb.file, "A data set: JSON lines, or TOML with [[case]]");
  const auto list = [eval](const char* name, std::vector<std::string>& into, const char* about,
                           const char* type) {
    eval->add_option(name, into, about)->type_name(type)->allow_extra_args(false);
  };
  list("--agent", verb.agents, "Over this agent; may be repeated", "NAME");
  list("--route", verb.routes, "On this route or backend/model; may be repeated", "ROUTE");
  list("--only", verb.only, "Only cases with such ids; may be repeated", "GLOB");
  eval->add_option("--from-runs", verb.runs, "Recorded runs as cases")->type_name("ID");
  eval->add_option("--save", verb.save, "Write the cases of --from-runs, and run nothing")
      ->type_name("FILE");
  eval->add_flag("--replay-tools", verb.replay_tools,
                 "Tools give recorded results; none is called");
  eval->add_option("--checks", verb.checks, "More checks")->type_name("FILE");
  eval->add_option("--repeat", verb.repeat, "How often each is run")->check(CLI::Range(1, 100));
  eval->add_option("--at-once", verb.at_once, "Runs in flight")->check(CLI::Range(1, 64));
  eval->add_option("--seed", verb.seed, "Draws the order");
  eval->add_option("--limit", verb.limit, "usd=0.50, of all together")->type_name("LIMITS");
  eval->add_option("--limits", verb.limits, "Of each run: steps=20,usd=0.05")->type_name("LIMITS");
  CLI::Option* again =
      eval->add_flag("--again", verb.again, "Check the answers of last time; run nothing anew");
  eval->add_flag("--fresh", verb.fresh, "Begin anew where one was stopped")->excludes(again);
  eval->add_option("--min-pass", verb.min_pass, "Status 1 where less than this share passes")
      ->check(CLI::Range(0.0, 1.0));
  eval->add_flag("--no-worse", verb.no_worse,
                 "Status 1 where one is shown to be worse than the first");
  eval->add_option("--html", verb.html, "Write a page with the answers side by side")
      ->type_name("FILE");
  eval->add_flag_callback(
      "--yes", [&verb] { verb.when_asked = WhenAsked::yes; },
      "Approve what is asked; else it is declined");
}

}  // namespace yoke
