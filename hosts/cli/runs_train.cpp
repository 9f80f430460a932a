#include <filesystem>
#include <map>

#include "hosts/app/checks_file.h"
#include "hosts/app/command.h"
#include "hosts/app/judge_runs.h"
#include "hosts/app/training_verdicts.h"
#include "hosts/app/version.h"
#include "hosts/cli/runs_export.h"
#include "hosts/cli/store.h"
#include "hosts/cli/support.h"
#include "hosts/config/read_file.h"
#include "hosts/config/training_config.h"
#include "runtime/base/counted.h"
#include "runtime/base/text.h"

// `yoke runs export --as sft|dpo`: journals as training sets, with a manifest beside them.
namespace yoke {
namespace {

struct LeftOut {
  std::string run_id;
  std::string why;
};

// What goes into the set, and what does not and why.
struct TrainingSet {
  std::vector<TrainingRun> runs;
  std::vector<JudgedPair> judged = {};
  std::vector<LeftOut> left_out;
};

struct TrainingExample {
  Json line;
  std::vector<std::string> from;  // runs
  std::string why = {};           // of a pair
};

Result<std::vector<Check>> checks_in(const std::string& file) {
  if (file.empty()) return std::vector<Check>();
  const Result<std::vector<CheckText>> entries = read_checks_file(file);
  if (!entries) return entries.error();
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  CheckFiles files;
  files.json = [folder](const std::string& name) -> Result<Json> {
    const Result<std::string> text = read_file((folder / name).string());
    if (!text) return text.error();
    return parse_json(*text);
  };
  files.script = [](const std::string& name) -> Result<ScriptSource> {
    return Error{Errc::invalid, "an export runs no script: leave the Lua check " + name + " out"};
  };
  Result<std::vector<Check>> checks = read_checks(*entries, files);
  if (!checks) return checks.error();
  for (const Check& check : *checks) {
    if (is_pure(check)) continue;
    return Error{
        Errc::invalid,
        "an export asks neither a script nor a judge: leave the check " + check.name + " out",
        check.place};
  }
  return checks;
}

Result<RunStatus> status_named(const std::string& name) {
  std::vector<std::string> names;
  for (const RunStatus status : {RunStatus::completed, RunStatus::failed, RunStatus::cancelled}) {
    names.emplace_back(name_of(status));
    if (names.back() == name) return status;
  }
  return Error{Errc::invalid,
               "--status: no run ends as '" + name + "'" + did_you_mean(name, names)};
}

awaitable<Result<std::vector<std::string>>> runs_meant(Store& store, ExportVerb verb) {
  std::vector<std::string> ids;
  for (const std::string& typed : verb.ids) {
    Result<std::string> id = co_await find_run(store, typed);
    if (!id) co_return id.error();
    ids.push_back(std::move(*id));
  }
  if (!ids.empty()) co_return ids;
  const Result<RunStatus> status = status_named(verb.status);
  if (!status) co_return status.error();
  RunFilter filter;
  filter.status = *status;
  filter.agent = verb.agent;
  filter.session = verb.session;
  if (verb.agent.empty()) filter.agents_left_out = {kGuardAgent, "judge"};  // they judge others
  filter.limit = verb.limit;
  const std::vector<RunRow> rows = co_await store.list(std::move(filter));
  for (const RunRow& row : rows) ids.push_back(row.run_id);
  co_return ids;
}

// Why a run is not to be learnt from; empty: it may be.
std::string reason_against(const TrainingRun& run, const ExportVerb& verb, const Config& config,
                           const TrainingConfig& said) {
  const double usd = static_cast<double>(integer_at(run.row.summary, "cost")) / kNanoPerUsd;
  if (verb.usd_most > 0 && usd > verb.usd_most) return "it cost more than --usd";
  if (!run.foreign.empty()) return run.foreign;
  for (const std::string& target : run.targets) {
    const std::string forbidden = training_forbidden(config, said, target);
    if (!forbidden.empty()) return forbidden;
  }
  return {};
}

// What judges said of the answers. A verdict is a model's reply too: it counts only where its own
// vendor's terms allow it.
awaitable<Result<void>> add_verdicts(App& app, const TrainingConfig& said, TrainingSet& set) {
  std::vector<std::string> ids;
  for (const TrainingRun& run : set.runs) ids.push_back(run.row.run_id);
  auto reading = verdicts_on(app.store(), std::move(ids));
  Result<std::vector<JudgeVerdict>> verdicts = co_await std::move(reading);
  if (!verdicts) co_return verdicts.error();
  const auto is_forbidden = [&](const JudgeVerdict& verdict) {
    for (const std::string& target : verdict.targets) {
      std::string why = training_forbidden(app.config(), said, target);
      if (why.empty()) continue;
      set.left_out.push_back({verdict.judge_run, "of a judge: " + why});
      return true;
    }
    return false;
  };
  std::erase_if(*verdicts, is_forbidden);
  set.judged = hold_to_verdicts(set.runs, *verdicts);
  co_return Result<void>();
}

awaitable<Result<TrainingSet>> gathered(App& app, ExportVerb verb) {
  const Result<std::vector<Check>> checks = checks_in(verb.checks);
  if (!checks) co_return checks.error();
  const Result<TrainingConfig> said = training_config_of(app.config());
  if (!said) co_return said.error();
  auto finding = runs_meant(app.store(), verb);
  const Result<std::vector<std::string>> ids = co_await std::move(finding);
  if (!ids) co_return ids.error();
  TrainingSet set;
  for (const std::string& id : *ids) {
    auto reading = training_run(app.store(), app.engine(), id);
    Result<TrainingRun> run = co_await std::move(reading);
    std::string why = run ? reason_against(*run, verb, app.config(), *said) : run.error().message();
    if (!why.empty()) {
      set.left_out.push_back({id, std::move(why)});
      continue;
    }
    hold_to_checks(*run, *checks);
    set.runs.push_back(std::move(*run));
  }
  if (verb.as == "dpo") {
    const Result<void> added = co_await add_verdicts(app, *said, set);
    if (!added) co_return added.error();
  }
  co_return set;
}

std::vector<TrainingExample> conversations(TrainingSet& set, TrainingFor form) {
  std::vector<TrainingExample> examples;
  for (const TrainingRun& run : set.runs) {
    const std::string& id = run.row.run_id;
    const bool failed_check = !run.replies.empty() && run.replies.back().is_answer &&
                              run.replies.back().standing == TrainingReply::Standing::bad;
    if (failed_check) {
      set.left_out.push_back({id, run.replies.back().why});
      continue;
    }
    std::optional<Json> line = sft_line(run, form);
    if (line) {
      examples.push_back({std::move(*line), {id}});
    } else {
      const bool answers = !run.replies.empty() && run.replies.back().is_answer;
      set.left_out.push_back(
          {id, answers ? reason_untold(run.replies.back()) : std::string("it has no answer")});
    }
  }
  return examples;
}

std::string run_in(const std::string& place) { return place.substr(0, place.find('/')); }

// The runs of which no reply can be told, and why.
void note_untold(TrainingSet& set) {
  for (const TrainingRun& run : set.runs) {
    std::string why;
    for (const TrainingReply& reply : run.replies) {
      why = reason_untold(reply);
      if (why.empty()) break;
    }
    if (!why.empty()) set.left_out.push_back({run.row.run_id, why});
  }
}

std::vector<TrainingExample> preferences(TrainingSet& set, TrainingFor form) {
  note_untold(set);
  std::vector<TrainingExample> examples;
  for (TrainingPair& pair : preference_pairs(set.runs, set.judged, form)) {
    examples.push_back({std::move(pair.line),
                        {run_in(pair.chosen), run_in(pair.rejected)},
                        pair.chosen + " against " + pair.rejected + ": " + pair.why});
  }
  return examples;
}

// Where the set is from: enough to find each run again, and to know it unchanged.
Json manifest_of(const TrainingSet& set, const std::vector<TrainingExample>& examples,
                 const ExportVerb& verb, Micros now) {
  std::map<std::string, std::int64_t> used;
  Json pairs = Json::array();
  for (const TrainingExample& example : examples) {
    for (const std::string& run : example.from) ++used[run];
    if (!example.why.empty()) pairs.push_back(example.why);
  }
  Json runs = Json::array();
  for (const TrainingRun& run : set.runs) {
    const auto found = used.find(run.row.run_id);
    if (found == used.end()) continue;
    runs.push_back(Json{{"run", run.row.run_id},
                        {"agent", run.row.agent},
                        {"events", run.row.head_seq},
                        {"head_hash", to_hex(run.row.head_hash)},
                        {"targets", run.targets},
                        {"examples", found->second}});
  }
  Json left_out = Json::array();
  for (const LeftOut& each : set.left_out) {
    left_out.push_back(Json{{"run", each.run_id}, {"why", each.why}});
  }
  Json manifest{{"form", verb.as},
                {"for", verb.form},
                {"made", to_iso8601(now)},
                {"by", std::string("yoke ") + YOKE_VERSION},
                {"examples", examples.size()},
                {"redacted", verb.redact},
                {"filters", Json{{"agent", verb.agent},
                                 {"session", verb.session},
                                 {"status", verb.status},
                                 {"checks", verb.checks},
                                 {"usd", verb.usd_most},
                                 {"limit", verb.limit}}},
                {"runs", std::move(runs)},
                {"left_out", std::move(left_out)}};
  if (!pairs.empty()) manifest["pairs"] = std::move(pairs);
  return manifest;
}

void tell_set(Terminal& terminal, const TrainingSet& set,
              const std::vector<TrainingExample>& examples, const ExportVerb& verb) {
  std::map<std::string, int> reasons;
  for (const LeftOut& each : set.left_out) ++reasons[each.why];
  for (const auto& [why, count] : reasons) {
    terminal.line("left out " + counted(count, "run") + ": " + printable(why));
  }
  const auto count = static_cast<std::int64_t>(examples.size());
  terminal.line("exported " + counted(count, verb.as == "sft" ? "conversation" : "pair") + " to " +
                verb.to + "; where they are from is in " + verb.to + ".manifest.json");
}

awaitable<int> train(App& app, Terminal& terminal, ExportVerb verb) {
  auto gathering = gathered(app, verb);
  Result<TrainingSet> set = co_await std::move(gathering);
  if (!set) co_return fail(terminal, set.error());
  const TrainingFor form = verb.form == "trl" ? TrainingFor::trl : TrainingFor::openai;
  const std::vector<TrainingExample> examples =
      verb.as == "sft" ? conversations(*set, form) : preferences(*set, form);
  const ExportRedaction redaction;
  std::string text;
  for (const TrainingExample& example : examples) {
    text += to_text(verb.redact ? redaction.cut(example.line) : example.line) + "\n";
  }
  const Result<void> written = put_out(terminal, verb.to, text);
  if (!written) co_return fail(terminal, written.error());
  const Json manifest = manifest_of(*set, examples, verb, app.wall().now());
  const Result<void> noted =
      put_out(terminal, verb.to + ".manifest.json", to_pretty_text(manifest) + "\n");
  if (!noted) co_return fail(terminal, noted.error());
  tell_set(terminal, *set, examples, verb);
  co_return kExitCompleted;
}

}  // namespace

int export_training(const CommonOptions& common, const ExportVerb& verb) {
  Terminal terminal(common.color);
  if (verb.to.empty()) {
    return fail(terminal, Error{Errc::invalid,
                                "--as " + verb.as +
                                    " writes a manifest beside the set: say where with --to FILE"});
  }
  return with_app(common, "", StoreUse::read,
                  [&](App& app, Terminal& out) { return train(app, out, verb); });
}

}  // namespace yoke
