#include "agents/definition.h"
#include "agents/one_call.h"
#include "hosts/app/drive.h"
#include "hosts/app/images.h"
#include "hosts/app/project.h"
#include "hosts/cli/attended.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/run_task.h"
#include "hosts/cli/support.h"
#include "hosts/config/read_file.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"
#include "trials/cell_facts.h"

namespace yoke {
namespace {

Result<std::string> text_to_ask(const Terminal& terminal, const ModelsOptions& options) {
  RunOptions words;
  words.task = options.text;
  Result<RunTask> read = read_task(terminal, words);
  if (read) return std::move(read->task);
  if (!options.text.empty()) return read.error();
  return Error{Errc::invalid, "nothing to ask: give a text, or pipe one in"};
}

Result<Json> read_schema(const std::string& file) {
  Result<std::string> text = read_file(file);
  if (!text) return text.error();
  Result<Json> schema = parse_json(*text);
  if (!schema) return Error{Errc::invalid, schema.error().detail, file};
  const Result<std::shared_ptr<const Schema>> compiled = Schema::compile(*schema);
  if (!compiled) return Error{Errc::invalid, compiled.error().message(), file};
  return schema;
}

Result<StartRun> start_of(App& app, const Terminal& terminal, const ModelsOptions& options) {
  OneCall call;
  call.name = "ask";
  call.request.target = options.route;
  call.request.instructions = options.system;
  call.request.temperature = options.temperature;
  call.request.output_tokens_max = options.max_tokens;
  Result<std::string> text = text_to_ask(terminal, options);
  if (!text) return text.error();
  Message message = user_message(*text);
  Result<std::vector<ImagePart>> images = load_images(options.images);
  if (!images) return images.error();
  for (ImagePart& image : *images) message.parts.emplace_back(std::move(image));
  call.request.messages.push_back(std::move(message));
  if (!options.schema.empty()) {
    Result<Json> schema = read_schema(options.schema);
    if (!schema) return schema.error();
    call.request.output_schema = std::move(*schema);
  }
  if (!options.limits.empty()) {
    const Result<RunLimits> limits = parse_limits(options.limits, call.limits);
    if (!limits) return limits.error();
    call.limits = *limits;
  }
  Result<Program> program = one_call_program(std::move(call));
  if (!program) return program.error();
  const Result<void> there = app.check_model("", *program);
  if (!there) return there.error();
  StartRun start;
  start.program = std::move(*program);
  start.task = std::move(*text);
  start.by = user_name();
  return start;
}

std::string duration_text(double ms) {
  return to_short_text(std::chrono::microseconds(static_cast<std::int64_t>(ms * 1000)));
}

// "lab/qwen3 · 12 in (8 cached), 340 out (200 reasoning) tokens · $0.0012 · 2.1 s · run 01J…"
std::string facts_line(const Cell& cell) {
  const Usage& usage = cell.usage;
  std::string line = cell.target + " · " + std::to_string(usage.input) + " in";
  if (usage.cached > 0) line += " (" + std::to_string(usage.cached) + " cached)";
  line += ", " + std::to_string(usage.output) + " out";
  if (usage.reasoning > 0) line += " (" + std::to_string(usage.reasoning) + " reasoning)";
  line += usage.estimated ? " tokens (estimated) · " : " tokens · ";
  line += cost_text(cell.cost, cell.priced);
  if (cell.from_cache) line += " · from the cache";
  if (cell.first_ms) line += " · first token after " + duration_text(*cell.first_ms);
  if (cell.total_ms) line += " · " + duration_text(*cell.total_ms);
  if (cell.tries > 1) line += " · " + std::to_string(cell.tries) + " tries";
  if (cell.degraded) line += " · degraded: the answer was not shaped as asked at first";
  if (cell.answer.finish == "length") line += " · cut at its token limit";
  return line + " · run " + cell.run_id;
}

Json facts_json(const Cell& cell, const RunState& state) {
  Json out{{"run", cell.run_id},
           {"status", name_of(state.status)},
           {"target", cell.target},
           {"text", state.text},
           {"reasoning", cell.answer.reasoning},
           {"calls", cell.answer.calls},
           {"finish", cell.answer.finish},
           {"usage", to_json(cell.usage)},
           {"cost", cell.cost},
           {"priced", cell.priced},
           {"tries", cell.tries},
           {"from_cache", cell.from_cache},
           {"degraded", cell.degraded}};
  if (!state.output.is_null()) out["output"] = state.output;
  if (!state.reason.empty()) out["reason"] = state.reason;
  if (cell.first_ms) out["first_ms"] = *cell.first_ms;
  if (cell.total_ms) out["total_ms"] = *cell.total_ms;
  return out;
}

awaitable<int> drive_quietly(App& app, Terminal& terminal, std::string run_id) {
  const Attendance attendance{terminal,       app.reader(), app.store(), app.attended(),
                              WhenAsked::ask, user_name(),  false};
  const Result<RunEnd> end = co_await drive_attended(app.engine(), std::move(run_id), attendance);
  if (!end) co_return fail(terminal, end.error());
  if (end->kind == RunEnd::Kind::stopped) app.stop();
  if (end->kind != RunEnd::Kind::ended) co_return kExitFailed;
  co_return exit_of(end->state.status, end->state.reason);
}

awaitable<int> ask(App& app, Terminal& terminal, ModelsOptions options, CommonOptions common) {
  Result<StartRun> start = start_of(app, terminal, options);
  if (!start) co_return fail(terminal, start.error());
  const Result<Created> created = co_await app.engine().create(std::move(*start));
  if (!created) co_return fail(terminal, created.error());
  std::string run_id = created->claim.run_id;
  int status = kExitFailed;
  if (common.json) {
    status = co_await drive_quietly(app, terminal, run_id);
  } else {
    AttendedOptions attended;
    attended.common = common;
    attended.with_totals = false;
    status = co_await resume_attended(app, terminal, run_id, std::move(attended));
  }
  const Result<std::vector<Event>> events = co_await read_events(app.store(), run_id);
  if (!events) co_return fail(terminal, events.error());
  const Result<RunState> state = fold_journal(*events);
  if (!state) co_return fail(terminal, state.error());
  const Cell cell = cell_of(*events);
  if (common.json) {
    terminal.out(to_text(facts_json(cell, *state)) + "\n");
  } else if (!common.quiet && is_final(state->status) && !cell.target.empty()) {
    terminal.line(terminal.styled(Style::dim, printable(facts_line(cell))));
  }
  co_return status;
}

}  // namespace

int models_ask(const CommonOptions& common, const ModelsOptions& options) {
  return with_app(common, "", StoreUse::write,
                  [&](App& app, Terminal& out) { return ask(app, out, options, common); });
}

}  // namespace yoke
