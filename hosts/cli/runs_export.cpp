#include "hosts/cli/runs_export.h"

#include <array>
#include <fstream>

#include "hosts/app/command.h"
#include "hosts/app/version.h"
#include "hosts/cli/otlp_post.h"
#include "hosts/cli/run_report.h"
#include "hosts/cli/support.h"
#include "hosts/contents/told_value.h"
#include "hosts/hook/telemetry/otlp.h"
#include "hosts/hook/telemetry/settings.h"
#include "runtime/base/text.h"
#include "runtime/record/record_move.h"

namespace yoke {
namespace {

// Where people, models and tools speak; the rest of an event is ids, names and figures.
constexpr std::array kSpoken = {"task",    "input",  "message",  "messages", "args",   "value",
                                "text",    "output", "plan",     "body",     "title",  "why",
                                "summary", "note",   "recalled", "images",   "choices"};

guards::GuardRule export_rule() {
  guards::GuardRule rule;
  rule.name = "export";
  rule.verdict = GuardVerdict::redact;
  rule.find = {"personal", "secrets"};
  return rule;
}

awaitable<Result<std::string>> journal_text(OpenStore& open, std::string id) {
  const Result<StoreKeeper*> keeper = keeper_of(*open.store);
  StoreKeeper* kept = keeper ? *keeper : nullptr;
  auto reading = read_filed(*open.store, kept, std::move(id));
  const Result<FiledRun> run = co_await std::move(reading);
  if (!run) co_return run.error();
  FileOrigin origin;
  if (kept != nullptr) origin.store = co_await kept->store_id();
  origin.at = open.wall.now();
  std::string text;
  RecordFileWriter writer([&text](std::string_view line) { text += line; }, origin);
  writer.write(*run);
  writer.end();
  co_return text;
}

void add_spans(const RunTree& tree, const SpanOptions& options, std::vector<Span>& spans) {
  if (!tree.untold.empty()) return;
  for (Span& span : spans_of(tree.events, options)) spans.push_back(std::move(span));
  for (const RunTree& child : tree.children) add_spans(child, options, spans);
}

std::string otlp_of(const RunTree& tree, const Config& config, bool content) {
  SpanOptions options;
  options.content = content;
  options.provider = [&config](const std::string& target) {
    return telemetry_provider(config, target);
  };
  std::vector<Span> spans;
  add_spans(tree, options, spans);
  OtlpResource resource;
  resource.version = YOKE_VERSION;
  return otlp_text(spans, resource) + "\n";
}

awaitable<Result<std::string>> told(OpenStore& open, ExportVerb verb, std::string id) {
  Result<RunRow> row = co_await open.store->get(id);
  if (!row) co_return row.error();
  if (row->erased_at != 0) co_return content_erased(id);
  auto reading = read_run_tree(*open.store, std::move(*row));
  Result<RunTree> tree = co_await std::move(reading);
  if (!tree) co_return tree.error();
  if (verb.redact) {
    const Result<void> cut = ExportRedaction().cut(*tree);
    if (!cut) co_return cut.error();
  }
  if (verb.as == "otlp") co_return otlp_of(*tree, open.config, verb.content);
  const RunReport report = report_of(*tree, verb.redact ? ReportImages::told : ReportImages::shown);
  const std::string made = to_iso8601(open.wall.now()).substr(0, 19) + "Z by Yoke " + YOKE_VERSION;
  co_return verb.as == "html" ? report_page(report, made) : report_markdown(report, made);
}

awaitable<int> export_one(OpenStore& open, Terminal& terminal, ExportVerb verb) {
  if (verb.ids.size() != 1) {
    co_return fail(terminal, Error{Errc::invalid,
                                   "name one run, or @last; --as " + verb.as + " is of one run"});
  }
  Result<std::string> id = co_await find_run(*open.store, verb.ids.front());
  if (!id) co_return fail(terminal, id.error());
  const bool journal = verb.as == "journal";
  if (journal && verb.redact) {
    co_return fail(terminal, Error{Errc::invalid,
                                   "--redact: a journal with something cut out could not be "
                                   "verified; export it --as markdown, html or otlp"});
  }
  if (is_collector(verb.to) && verb.as != "otlp") {
    co_return fail(terminal, Error{Errc::invalid,
                                   "--to an address is for --as otlp; the others "
                                   "are written into a file",
                                   verb.to});
  }
  auto making = journal ? journal_text(open, *id) : told(open, verb, *id);
  const Result<std::string> text = co_await std::move(making);
  if (!text) co_return fail(terminal, text.error());
  if (is_collector(verb.to)) {
    auto posting = post_spans(open.config, verb.to, *text);
    const Result<void> posted = co_await std::move(posting);
    if (!posted) co_return fail(terminal, posted.error());
  } else if (const Result<void> written = put_out(terminal, verb.to, *text); !written) {
    co_return fail(terminal, written.error());
  }
  if (!verb.to.empty()) terminal.line("exported run " + *id + " to " + verb.to);
  co_return kExitCompleted;
}

}  // namespace

ExportRedaction::ExportRedaction() : guard_(export_rule()) {}

void ExportRedaction::cut(std::vector<Event>& events) const {
  for (Event& event : events) {
    for (const char* name : kSpoken) {
      const auto found = event.fields.find(name);
      if (found == event.fields.end()) continue;
      // Patterns can cut nothing out of base64, only break it: what it is of is told instead.
      *found = cut(told_value(*found).read);
    }
  }
}

Result<void> ExportRedaction::cut(RunTree& tree) const {
  if (!tree.untold.empty()) return {};
  cut(tree.events);
  Result<RunState> state = fold_journal(tree.events);
  if (!state) return state.error();
  tree.state = std::move(*state);
  for (RunTree& child : tree.children) {
    const Result<void> done = cut(child);
    if (!done) return done;
  }
  return {};
}

Result<void> put_out(Terminal& terminal, const std::string& file, const std::string& text) {
  if (file.empty()) {
    terminal.out(text);
    return {};
  }
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (!out) return Error{Errc::unavailable, "cannot write it; is the folder there?", file};
  return {};
}

int runs_export(const CommonOptions& common, const ExportVerb& verb) {
  if (verb.as == "sft" || verb.as == "dpo") return export_training(common, verb);
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return export_one(open, terminal, verb);
  });
}

void add_export(CLI::App& runs, CommonOptions& common, ExportVerb& verb,
                std::function<int()>& chosen) {
  CLI::App* app = runs.add_subcommand("export", "Take a run out of its store, in several forms");
  app->footer("Example:\n  yoke runs export @last --as html --to run.html");
  app->add_option("id", verb.ids,
                  "A run's id, a unique beginning of it, or @last; sft and dpo: any number");
  app->add_option("--as", verb.as,
                  "journal (to verify elsewhere), markdown, html, otlp (OpenTelemetry), sft or dpo "
                  "(to train on)")
      ->check(CLI::IsMember({"journal", "markdown", "html", "otlp", "sft", "dpo"}))
      ->type_name("FORM");
  app->add_option("--to", verb.to,
                  "Into this file; otlp: or to a collector's address; else standard output")
      ->type_name("FILE|URL");
  app->add_flag("--redact", verb.redact, "Cut out personal data and secrets, as guards find them");
  app->add_flag("--content", verb.content, "otlp: what was said too, not only what happened");
  app->add_option("--for", verb.form, "sft, dpo: trl or openai")
      ->check(CLI::IsMember({"trl", "openai"}))
      ->type_name("WHOM");
  app->add_option("--agent", verb.agent, "sft, dpo: runs of this agent");
  app->add_option("--session", verb.session, "sft, dpo: of this conversation");
  app->add_option("--status", verb.status, "sft, dpo: that ended so; 'completed' unless said");
  app->add_option("--checks", verb.checks, "sft: whose answers pass; dpo: pass against fail")
      ->type_name("FILE");
  app->add_option("--usd", verb.usd_most, "sft, dpo: that cost at most this")
      ->check(CLI::PositiveNumber);
  app->add_option("--limit", verb.limit, "sft, dpo: the newest so many runs")
      ->check(CLI::Range(1, 1'000'000));
  app->callback([&chosen, &common, &verb] {
    chosen = [&common, &verb] { return runs_export(common, verb); };
  });
}

void add_record(CLI::App& root, CommonOptions& common, RecordVerbs& verbs,
                std::function<int()>& chosen) {
  CLI::App& runs = *root.get_subcommand("runs");
  add_verify(runs, common, verbs.verify, chosen);
  add_export(runs, common, verbs.exporting, chosen);
  add_store(root, common, verbs.store, chosen);
}

}  // namespace yoke
