#include "hosts/cli/far_report.h"

#include "hosts/cli/run_report.h"
#include "hosts/cli/run_story.h"

namespace yoke {
namespace {

// What the host's rows would say, as far as the events do.
RunRow row_of_events(const std::string& run_id, const std::vector<Event>& events,
                     const RunState& state) {
  RunRow row;
  row.run_id = run_id;
  row.agent = state.agent;
  row.status = state.status;
  row.reason = state.reason;
  if (!events.empty()) {
    row.session = string_at(events.front().fields, "session");
    row.by = string_at(events.front().fields, "by");
    row.head_seq = events.back().seq;
    row.created_at = events.front().at;
  }
  return row;
}

Result<RunTree> far_tree(const JournalsByRun& journals, const std::string& run_id) {
  const auto found = journals.find(run_id);
  if (found == journals.end() || found->second.empty()) {
    return Error{Errc::not_found, "the host told no events of run " + run_id};
  }
  Result<RunState> state = fold_journal(found->second);
  if (!state) return state.error();
  RunTree tree;
  tree.row = row_of_events(run_id, found->second, *state);
  tree.events = found->second;
  tree.state = std::move(*state);
  for (const Event& event : tree.events) {
    if (event.kind != EventKind::child_started) continue;
    const std::string child_id = string_at(event.fields, "child");
    RunTree child;
    Result<RunTree> told = far_tree(journals, child_id);
    if (told) {
      child = std::move(*told);
    } else {
      child.row.run_id = child_id;
      child.untold = told.error().message();
    }
    child.call = event.call_id;
    tree.children.push_back(std::move(child));
  }
  return tree;
}

}  // namespace

Result<std::string> far_report(const JournalsByRun& journals, const std::string& run_id,
                               const std::string& form, const std::string& made) {
  if (form != "markdown" && form != "html") {
    return Error{Errc::invalid, "--as " + form +
                                    ": of a host elsewhere there are markdown and html; the others "
                                    "are made where its store is, with yoke runs export"};
  }
  const Result<RunTree> tree = far_tree(journals, run_id);
  if (!tree) return tree.error();
  const RunReport report = report_of(*tree);
  return form == "html" ? report_page(report, made) : report_markdown(report, made);
}

Result<std::string> far_diff(const JournalsByRun& journals, const std::string& left,
                             const std::string& right) {
  const auto one = journals.find(left);
  const auto other = journals.find(right);
  if (one == journals.end() || other == journals.end()) {
    return Error{Errc::not_found, "the host told no events of one of them"};
  }
  const Result<RunDiff> found = diff_runs(one->second, other->second);
  if (!found) return found.error();
  return diff_text(left, right, *found);
}

}  // namespace yoke
