#include "hosts/app/app.h"
#include "hosts/cli/attended.h"
#include "hosts/cli/commands.h"
#include "hosts/cli/support.h"
#include "hosts/control/client.h"
#include "models/router.h"
#include "runtime/base/text.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"

// The verbs that act on runs. Where another process holds the store, it is asked to act.
namespace yoke {
namespace {

AttendedOptions attended_of(const CommonOptions& common, const RunsOptions& options) {
  AttendedOptions attended;
  attended.common = common;
  attended.when_asked = options.when_asked;
  return attended;
}

// What a run that has ended came to: its answer, or as JSON its last event.
awaitable<int> tell_ended(Store& store, Terminal& terminal, RunRow row, bool json) {
  const Result<std::vector<Event>> events = co_await read_events(store, row.run_id);
  if (!events) co_return fail(terminal, events.error());
  const Event& last = events->back();
  terminal.line("run " + row.run_id + " has ended: " + std::string(name_of(row.status)));
  if (json) {
    terminal.out(to_text(to_json(last)) + "\n");
  } else if (row.status == RunStatus::completed) {
    terminal.answer(string_at(last.fields, "text"));
  }
  co_return exit_of(row.status, row.reason);
}

awaitable<int> resume(App& app, Terminal& terminal, CommonOptions common, RunsOptions options) {
  if (const int wrong = refuse_settings(terminal, app); wrong != kExitCompleted) co_return wrong;
  Result<std::string> id = co_await find_run(app.store(), options.id);
  if (!id) co_return fail(terminal, id.error());
  Result<RunRow> row = co_await app.store().get(*id);
  if (!row) co_return fail(terminal, row.error());
  if (is_final(row->status)) {
    co_return co_await tell_ended(app.store(), terminal, std::move(*row), common.json);
  }
  AttendedOptions attended = attended_of(common, options);
  co_return co_await resume_attended(app, terminal, std::move(*id), std::move(attended));
}

int say_posted(Terminal& terminal, const Result<Posted>& posted, const std::string& done) {
  if (!posted) return fail(terminal, posted.error());
  if (!posted->first) {
    return fail(terminal, Error{Errc::conflict, "already done, by " + posted->winner.by + " at " +
                                                    to_iso8601(posted->winner.at)});
  }
  terminal.line(done);
  return kExitCompleted;
}

// What the process that holds the store made of an order.
int say_done(Terminal& terminal, const Result<Json>& done, const std::string& said) {
  if (!done) return fail(terminal, done.error());
  terminal.line(said);
  return kExitCompleted;
}

// A choice as it stands, or any JSON, or words.
Json value_from(const std::string& text) {
  const Result<Json> parsed = parse_json(text);
  return parsed && !parsed->is_string() ? *parsed : Json(text);
}

awaitable<int> answer(App& app, Terminal& terminal, RunsOptions options) {
  if (const int wrong = refuse_settings(terminal, app); wrong != kExitCompleted) co_return wrong;
  Result<std::string> id = co_await find_run(app.store(), options.id);
  if (!id) co_return fail(terminal, id.error());
  Json value = value_from(options.value);
  std::string user = user_name();
  const Result<Posted> posted =
      co_await app.engine().answer(*id, options.question, std::move(value), std::move(user));
  co_return say_posted(terminal, posted, "answered; go on with: yoke runs resume " + *id);
}

awaitable<int> cancel(App& app, Terminal& terminal, RunsOptions options) {
  Result<std::string> id = co_await find_run(app.store(), options.id);
  if (!id) co_return fail(terminal, id.error());
  std::string user = user_name();
  const Result<Posted> posted = co_await app.engine().cancel(*id, std::move(user));
  if (!posted) co_return fail(terminal, posted.error());
  const Result<RunEnd> end = co_await app.engine().drive(*id);
  if (!end) co_return fail(terminal, end.error());
  terminal.line("cancelled " + *id);
  co_return kExitCompleted;
}

awaitable<int> fork(App& app, Terminal& terminal, CommonOptions common, RunsOptions options) {
  if (const int wrong = refuse_settings(terminal, app); wrong != kExitCompleted) co_return wrong;
  Result<std::string> id = co_await find_run(app.store(), options.id);
  if (!id) co_return fail(terminal, id.error());
  ForkRun request;
  request.run_id = std::move(*id);
  request.at = options.at;
  request.model = options.model;
  request.by = user_name();
  if (options.result) {
    Result<Json> result = parse_json(*options.result);
    if (!result) {
      co_return fail(terminal, Error{Errc::invalid, "--result: " + result.error().message() +
                                                        "; a text is written with its quotes"});
    }
    request.result = std::move(*result);
  }
  if (!options.model.empty()) {
    const Result<std::vector<std::string>> targets = app.models().targets_of(options.model);
    if (!targets) co_return fail(terminal, Error{Errc::invalid, targets.error().message()});
  }
  const Result<Created> created = co_await app.engine().fork(std::move(request));
  if (!created) co_return fail(terminal, created.error());
  std::string child = created->claim.run_id;
  if (!common.quiet) terminal.line("forked as " + child);
  if (!options.drive) {
    terminal.out(child + "\n");
    co_return kExitCompleted;
  }
  AttendedOptions attended = attended_of(common, options);
  co_return co_await resume_attended(app, terminal, std::move(child), std::move(attended));
}

void print_report(Terminal& terminal, const std::string& id, const ReplayReport& report,
                  bool json) {
  if (json) {
    const Json out{{"run", id},
                   {"events", report.events},
                   {"decided", report.decided},
                   {"supplied", report.supplied},
                   {"differs_at", report.differs_at},
                   {"recorded", report.recorded},
                   {"replayed", report.replayed},
                   {"chain_matches", report.chain_matches}};
    terminal.out(to_text(out) + "\n");
  } else if (report.differs_at != 0) {
    terminal.out("event " + std::to_string(report.differs_at) +
                 " comes out differently\n  recorded: " + printable(report.recorded) +
                 "\n  replayed: " + printable(report.replayed) + "\n");
  } else {
    terminal.out("replayed " + std::to_string(report.events) + " events of " + id + ": " +
                 std::to_string(report.decided) + " decided again, byte for byte the same; " +
                 std::to_string(report.supplied) + " taken from the record\n" +
                 (report.chain_matches ? "the hash chain ends in the run's head\n"
                                       : "the hash chain does NOT end in the run's head\n"));
  }
}

awaitable<int> replay(App& app, Terminal& terminal, CommonOptions common, RunsOptions options) {
  Result<std::string> id = co_await find_run(app.store(), options.id);
  if (!id) co_return fail(terminal, id.error());
  const Result<RunRow> row = co_await app.store().get(*id);
  if (!row) co_return fail(terminal, row.error());
  const Result<std::vector<Record>> records = co_await read_records(app.store(), *id);
  if (!records) co_return fail(terminal, records.error());
  Result<RunState> state = co_await read_state(app.store(), *id);
  if (!state) co_return fail(terminal, state.error());
  const Result<Program> program = co_await app.engine().program_of(state->program);
  if (!program) co_return fail(terminal, program.error());
  const ReplayReport report = replay_run(*row, *records, *program, std::move(state->prior));
  print_report(terminal, *id, report, common.json);
  co_return report.differs_at == 0 && report.chain_matches ? kExitCompleted : kExitFailed;
}

}  // namespace

int runs_resume(const CommonOptions& common, const RunsOptions& options) {
  return with_app(common, "", StoreUse::write, [&](App& app, Terminal& terminal) {
    return resume(app, terminal, common, options);
  });
}

int runs_answer(const CommonOptions& common, const RunsOptions& options) {
  Terminal terminal(common.color);
  const RunAnswer given{options.id, options.question, value_from(options.value)};
  const std::optional<Result<Json>> done = answer_over_socket(common, given);
  if (done) return say_done(terminal, *done, "answered");
  return with_app(common, "", StoreUse::write,
                  [&](App& app, Terminal& out) { return answer(app, out, options); });
}

int runs_cancel(const CommonOptions& common, const RunsOptions& options) {
  Terminal terminal(common.color);
  const std::optional<Result<Json>> done = cancel_over_socket(common, options.id);
  if (done) return say_done(terminal, *done, "cancelled");
  return with_app(common, "", StoreUse::write,
                  [&](App& app, Terminal& out) { return cancel(app, out, options); });
}

int runs_fork(const CommonOptions& common, const RunsOptions& options) {
  return with_app(common, "", StoreUse::write, [&](App& app, Terminal& terminal) {
    return fork(app, terminal, common, options);
  });
}

int runs_replay(const CommonOptions& common, const RunsOptions& options) {
  return with_app(common, "", StoreUse::read, [&](App& app, Terminal& terminal) {
    return replay(app, terminal, common, options);
  });
}

}  // namespace yoke
