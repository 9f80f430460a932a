#include "hosts/cli/commands.h"
#include "hosts/cli/run_story.h"
#include "hosts/cli/run_why.h"
#include "hosts/cli/support.h"
#include "hosts/terminal/plan_text.h"
#include "runtime/base/text.h"
#include "runtime/engine/diff.h"
#include "runtime/engine/reader.h"
#include "runtime/engine/signals.h"
#include "runtime/loop/deadline.h"

// The verbs that only read: they work beside a process that writes.
namespace yoke {
namespace {

Result<std::optional<RunStatus>> status_from(const std::string& name) {
  if (name.empty()) return std::optional<RunStatus>{};
  std::vector<std::string> names;
  for (int number = 1; number <= static_cast<int>(RunStatus::quarantined); ++number) {
    const auto status = static_cast<RunStatus>(number);
    names.emplace_back(name_of(status));
    if (names.back() == name) return std::optional<RunStatus>(status);
  }
  return Error{Errc::invalid, "no status '" + name + "'" + did_you_mean(name, names)};
}

Json to_json(const RunRow& row) {
  Json out{{"run", row.run_id},
           {"agent", row.agent},
           {"status", name_of(row.status)},
           {"reason", row.reason},
           {"session", row.session},
           {"events", row.head_seq},
           {"created_at", to_iso8601(row.created_at)},
           {"summary", row.summary}};
  if (row.finished_at != 0) out["finished_at"] = to_iso8601(row.finished_at);
  if (!row.fork_run.empty()) out["fork"] = Json{{"run", row.fork_run}, {"at", row.fork_seq}};
  if (!row.parent_run.empty()) {
    out["parent"]["run"] = row.parent_run;
    if (!row.parent_call.empty()) out["parent"]["call"] = row.parent_call;
  }
  return out;
}

std::string padded(std::string text, std::size_t columns) {
  const std::size_t width = display_width(text);
  if (width < columns) text.append(columns - width, ' ');
  return text;
}

void print_row(Terminal& terminal, const RunRow& row) {
  std::string status(name_of(row.status));
  if (!row.reason.empty() && row.status != RunStatus::completed)
    status += " (" + printable(row.reason) + ")";
  terminal.out(row.run_id + "  " + padded(status, 22) + "  " + padded(printable(row.agent), 14) +
               "  " + to_iso8601(row.created_at).substr(0, 19) + "  " +
               padded(bool_at(row.summary, "unpriced")
                          ? "unknown"
                          : to_dollars(integer_at(row.summary, "cost")),
                      8) +
               "  " + shorten(printable(string_at(row.summary, "title")), 60) + "\n");
}

awaitable<int> list(OpenStore& open, Terminal& terminal, RunsOptions options, bool json) {
  const Result<std::optional<RunStatus>> status = status_from(options.status);
  if (!status) co_return fail(terminal, status.error());
  RunFilter filter;
  if (*status) filter.status = **status;
  filter.session = options.session;
  filter.agent = options.agent;
  filter.children_left_out = !options.all;
  filter.limit = options.limit;
  const std::vector<RunRow> rows = co_await open.store->list(std::move(filter));
  for (const RunRow& row : rows) {
    if (json) {
      terminal.out(to_text(to_json(row)) + "\n");
    } else {
      print_row(terminal, row);
    }
  }
  if (rows.empty() && !json) terminal.line("no runs");
  co_return kExitCompleted;
}

// What an erased run leaves to be shown, and who left no more.
int show_erased(Terminal& terminal, const RunRow& row, bool json) {
  const std::string at = to_iso8601(row.erased_at).substr(0, 19) + "Z";
  if (json) {
    Json out = to_json(row);
    out["erased"] = Json{{"at", at}, {"by", row.erased_by}};
    terminal.out(to_text(out) + "\n");
  } else {
    print_row(terminal, row);
  }
  const std::string by = row.erased_by.empty() ? "" : " by " + printable(row.erased_by);
  terminal.line("what was said in run " + row.run_id + " was erased" + by + " at " + at);
  return kExitCompleted;
}

// What is said of one run, without those below it.
Result<std::string> shown_alone(const RunRow& row, const std::vector<Event>& events, bool plan,
                                bool json) {
  if (!plan) {
    const Result<Json> why = run_why(row, events);
    if (!why) return why.error();
    return json ? to_text(*why) + "\n" : why_text(*why);
  }
  const Result<RunState> state = fold_journal(events);
  if (!state) return state.error();
  if (!state->plan) return Error{Errc::not_found, "run " + row.run_id + " has no plan"};
  const Json& made = state->plan->plan;
  return json ? to_pretty_text(made) + "\n" : plan_text(made, marks_of(*state));
}

std::string whole_json(const RunTree& tree) {
  Json out = to_json(tree.row);
  if (!is_final(tree.row.status)) out["signals"] = awaited_signals(tree.state);
  out["journal"] = Json::array();
  for (const Event& event : tree.events) out["journal"].push_back(to_json(event));
  out["tree"] = run_tree_json(tree);
  return to_text(out) + "\n";
}

awaitable<int> show(OpenStore& open, Terminal& terminal, RunsOptions options, bool json) {
  const Result<std::string> id = co_await find_run(*open.store, options.id);
  if (!id) co_return fail(terminal, id.error());
  const Result<RunRow> row = co_await open.store->get(*id);
  if (!row) co_return fail(terminal, row.error());
  if (row->erased_at != 0) co_return show_erased(terminal, *row, json);
  if (options.plan || options.why) {
    const Result<std::vector<Event>> events = co_await read_events(*open.store, *id);
    if (!events) co_return fail(terminal, events.error());
    const Result<std::string> shown = shown_alone(*row, *events, options.plan, json);
    if (!shown) co_return fail(terminal, shown.error());
    terminal.out(*shown);
    co_return kExitCompleted;
  }
  RunRow top = *row;
  const Result<RunTree> tree = co_await read_run_tree(*open.store, std::move(top));
  if (!tree) co_return fail(terminal, tree.error());
  terminal.out(json ? whole_json(*tree) : run_story(*tree));
  co_return kExitCompleted;
}

std::string event_line(const Event& event) {
  std::string line = padded(std::to_string(event.seq), 5) + to_iso8601(event.at).substr(11, 12) +
                     "  " + padded(std::string(spec_of(event.kind).name), 18);
  if (!event.call_id.empty()) line += padded(printable(event.call_id), 7);
  if (!event.reason.empty()) line += "[" + printable(event.reason) + "] ";
  return line + shorten(printable(to_text(event.fields)), 160);
}

awaitable<int> events(OpenStore& open, Terminal& terminal, RunsOptions options, bool json) {
  const Result<std::string> id = co_await find_run(*open.store, options.id);
  if (!id) co_return fail(terminal, id.error());
  std::int64_t after = 0;
  while (true) {
    // A quarantined run has no final event: that a run has ended is read off its row, and before
    // the page, so that the page holds all that came until then.
    const Result<RunRow> row = co_await open.store->get(*id);
    if (!row) co_return fail(terminal, row.error());
    const Result<std::vector<Record>> page = co_await open.store->read(*id, after, 500);
    if (!page) co_return fail(terminal, page.error());
    for (const Record& record : *page) {
      const Result<Event> event = event_from_record(record);
      if (!event) co_return fail(terminal, event.error());
      terminal.out((json ? to_text(to_json(*event)) : event_line(*event)) + "\n");
      after = event->seq;
    }
    if (!terminal.out_has_reader()) co_return kExitCompleted;
    if (!page->empty()) continue;
    if (!options.follow || is_final(row->status)) co_return kExitCompleted;
    const Deadline next = LoopClock::now() + std::chrono::milliseconds(200);
    co_await sleep_until(next);
  }
}

awaitable<int> diff(OpenStore& open, Terminal& terminal, RunsOptions options, bool json) {
  const Result<std::string> left_id = co_await find_run(*open.store, options.id);
  if (!left_id) co_return fail(terminal, left_id.error());
  const Result<std::string> right_id = co_await find_run(*open.store, options.other);
  if (!right_id) co_return fail(terminal, right_id.error());
  const Result<std::vector<Event>> left = co_await read_events(*open.store, *left_id);
  if (!left) co_return fail(terminal, left.error());
  const Result<std::vector<Event>> right = co_await read_events(*open.store, *right_id);
  if (!right) co_return fail(terminal, right.error());
  const Result<RunDiff> found = diff_runs(*left, *right);
  if (!found) co_return fail(terminal, found.error());
  terminal.out(json ? to_text(diff_json(*left_id, *right_id, *found)) + "\n"
                    : diff_text(*left_id, *right_id, *found));
  co_return kExitCompleted;
}

}  // namespace

int runs_list(const CommonOptions& common, const RunsOptions& options) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return list(open, terminal, options, common.json);
  });
}

int runs_show(const CommonOptions& common, const RunsOptions& options) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return show(open, terminal, options, common.json);
  });
}

int runs_events(const CommonOptions& common, const RunsOptions& options) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return events(open, terminal, options, common.json);
  });
}

int runs_diff(const CommonOptions& common, const RunsOptions& options) {
  return with_store(common, true, [&](OpenStore& open, Terminal& terminal) {
    return diff(open, terminal, options, common.json);
  });
}

}  // namespace yoke
