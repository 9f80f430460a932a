#include "hosts/cli/run_report.h"

#include <algorithm>
#include <map>

#include "hosts/contents/run_contents.h"
#include "hosts/contents/told_value.h"
#include "hosts/terminal/plan_text.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/text.h"
#include "runtime/journal/shown_value.h"
#include "trials/cell_facts.h"

namespace yoke {
namespace {

using Mark = ReportLine::Mark;

constexpr std::size_t kTitleBytesMax = 160;
constexpr std::size_t kReportTextMax = 256 * 1024;  // of one text; the journal has it all

std::string one_line(std::string_view text, std::size_t bytes_max = kTitleBytesMax) {
  std::string line = printable(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\t', ' ');
  return shorten(line, bytes_max);
}

std::string field(const Event& event, const char* name) {
  return one_line(string_at(event.fields, name));
}

std::string shown(const Json& value) {
  if (value.is_null()) return {};
  const Json told = told_value(value).read;
  const std::string text = told.is_string() ? told.get<std::string>() : to_pretty_text(told);
  return shorten(text, kReportTextMax);
}

// An answer as whoever gave it wrote it.
std::string answer_text(const Json& value) {
  return one_line(value.is_string() ? value.get<std::string>() : to_text(value));
}

bool is_yes(const Json& value) {
  return value == "yes" || value == true || bool_at(value, "approve");
}

// "allowed by RULE"; what a person approved is called so already.
std::string allowance(const std::string& rule) {
  if (rule.empty()) return {};
  return rule.starts_with("approved by ") ? " · " + rule : " · allowed by " + rule;
}

std::string elapsed_text(Micros from, Micros until) {
  if (from == 0 || until < from) return {};
  return to_short_text(std::chrono::microseconds(until - from));
}

std::string time_of(Micros at) { return at == 0 ? "" : to_iso8601(at).substr(0, 19) + "Z"; }

std::string with_reason(const std::string& what, const std::string& why) {
  return why.empty() ? what : what + ": " + why;
}

bool opens_bar(EventKind kind) { return spec_of(kind).edge == CallEdge::opens; }
bool closes_bar(EventKind kind) { return spec_of(kind).edge == CallEdge::closes; }

// What is no text, as much of it shown as a page may hold.
class ContentShelf {
 public:
  explicit ContentShelf(ReportImages images) : images_(images) {}

  std::vector<ReportContent> of(const Event& event) {
    std::vector<ReportContent> all;
    for (const RunContent& each : contents_of(event)) all.push_back(placed(event, each));
    return all;
  }

 private:
  ReportContent placed(const Event& event, const RunContent& content) {
    const std::string& url = content.image.url;
    ReportContent placed{content.name, content.words, {}};
    if (images_ == ReportImages::told || !url.starts_with("data:")) return placed;
    placed.command = "yoke runs images " + event.run_id + " --to DIR";
    const std::size_t comma = url.find(',');
    const std::string data = url.substr(comma == std::string::npos ? url.size() : comma + 1);
    const std::string& type = content.image.media_type;
    if (!is_shown_image(type, data) || url.size() > left_) return placed;
    left_ -= url.size();
    placed.url = "data:" + type + ";base64," + data;
    return placed;
  }

  ReportImages images_;
  std::size_t left_ = kReportImagesMax;
};

// What happened in one run and below it, as lines in the order of the story.
class ReportMaker {
 public:
  ReportMaker(RunReport& report, ContentShelf& shelf) : report_(report), shelf_(shelf) {}

  void tell(const RunTree& tree, int depth) {
    add_bars(tree, depth);
    Story story{tree, {}, 0};
    for (const Event& event : tree.events) {
      if (opens_bar(event.kind)) story.opened[event.call_id] = event.at;
      add_cost(tree, event);
    }
    add_approvals(tree, depth);
    walk(story, nodes_of(tree), depth);
  }

 private:
  struct Story {
    const RunTree& tree;
    std::map<std::string, Micros> opened;  // by call
    int step = 0;
  };

  void walk(Story& story, const std::vector<TreeNode>& nodes, int depth) {
    for (const TreeNode& node : nodes) {
      if (node.event != nullptr) {
        add(story, *node.event, depth);
        continue;
      }
      const RunTree* child = node.step.empty() ? child_of(story.tree, node.call) : nullptr;
      walk_call(story, node, child, depth);
    }
  }

  // What opened a call stands above what happened in it, and above the run that it started.
  void walk_call(Story& story, const TreeNode& node, const RunTree* child, int depth) {
    bool told = false;
    for (const TreeNode& under : node.under) {
      const std::size_t before = report_.lines.size();
      walk(story, {under}, told ? depth + 1 : depth);
      told = told || report_.lines.size() > before;
      const bool begins_child = child != nullptr && under.event != nullptr &&
                                under.event->kind == EventKind::child_started;
      if (!begins_child) continue;
      if (child->untold.empty()) {
        tell(*child, depth + 1);
      } else {
        line(story, Mark::note, depth + 1, 0, 0, "run " + child->row.run_id + ": " + child->untold);
      }
    }
  }

  ReportLine& line(const Story& story, Mark mark, int depth, std::int64_t seq, Micros at,
                   std::string title) {
    ReportLine made;
    made.mark = mark;
    made.depth = depth;
    made.run_id = story.tree.row.run_id;
    made.seq = seq;
    made.at = at;
    made.title = std::move(title);
    report_.lines.push_back(std::move(made));
    return report_.lines.back();
  }

  void add(Story& story, const Event& event, int depth) {
    const auto say = [&](Mark mark, std::string title) -> ReportLine& {
      return line(story, mark, depth, event.seq, event.at, std::move(title));
    };
    switch (event.kind) {
      case EventKind::model_replied:
        return add_reply(story, event, depth);
      case EventKind::model_failed:
        say(Mark::bad, with_reason("the model failed (" + field(event, "class") + ")",
                                   field(event, "message")));
        return;
      case EventKind::tool_called:
        return add_call(story, event, depth, field(event, "tool"), member_at(event.fields, "args"));
      case EventKind::child_started: {
        Json args = Json::object();
        if (!string_at(event.fields, "task").empty()) args["task"] = event.fields["task"];
        if (event.fields.contains("input")) args["input"] = event.fields["input"];
        return add_call(story, event, depth, "agent " + field(event, "agent"), args);
      }
      case EventKind::script_started:
        return add_call(story, event, depth, "script " + field(event, "name"),
                        member_at(event.fields, "input"));
      case EventKind::tool_returned:
      case EventKind::child_finished:
      case EventKind::script_returned:
        return add_return(story, event, depth);
      default: {
        const std::string note = note_of(event);
        if (!note.empty()) say(is_of_person(event) ? Mark::person : Mark::note, note);
      }
    }
  }

  void add_reply(Story& story, const Event& event, int depth) {
    const Result<Message> message = message_from_json(member_at(event.fields, "message"));
    const Usage usage = usage_from_json(member_at(event.fields, "usage"));
    const std::string took = elapsed_text(story.opened[event.call_id], event.at);
    std::string title =
        "step " + std::to_string(++story.step) + " · " + field(event, "target") + " · " +
        std::to_string(usage.input) + " in, " + std::to_string(usage.output) + " out · " +
        cost_text(integer_at(event.fields, "cost"), has_known_cost(story.tree.events, event));
    if (!took.empty()) title += " · " + took;
    ReportLine& made = line(story, Mark::step, depth, event.seq, event.at, std::move(title));
    if (!message) return;
    made.thought = shorten(reasoning_of(*message), kReportTextMax);
    made.text = shorten(text_of(*message), kReportTextMax);
    made.contents = shelf_.of(event);
  }

  void add_call(const Story& story, const Event& event, int depth, const std::string& name,
                const Json& args) {
    std::string title = name + "(" + one_line(short_args(args, kTitleBytesMax)) + ")";
    if (event.attempt > 1) title += " · attempt " + std::to_string(event.attempt);
    title += allowance(field(event, "rule"));
    if (!field(event, "edited_by").empty()) title += " · changed by " + field(event, "edited_by");
    ReportLine& made = line(story, Mark::call, depth, event.seq, event.at, std::move(title));
    if (args.is_object() && !args.empty()) made.text = shown(args);
    made.folded = true;
  }

  void add_return(Story& story, const Event& event, int depth) {
    const std::string outcome = field(event, "outcome");
    const bool good = outcome == name_of(Outcome::ok);
    std::string title = good ? outcome : with_reason(outcome, field(event, "message"));
    const std::string took = elapsed_text(story.opened[event.call_id], event.at);
    if (!took.empty()) title += " · " + took;
    if (bool_at(event.fields, "edited")) title += " · edited";
    ReportLine& made =
        line(story, good ? Mark::good : Mark::bad, depth, event.seq, event.at, std::move(title));
    made.text = shown(member_at(event.fields, "value"));
    made.folded = true;
    made.contents = shelf_.of(event);
  }

  static bool is_of_person(const Event& event) {
    switch (event.kind) {
      case EventKind::question_asked:
      case EventKind::question_answered:
      case EventKind::question_expired:
      case EventKind::signal_received:
        return true;
      default:
        return false;
    }
  }

  static std::string note_of(const Event& event) {
    switch (event.kind) {
      case EventKind::question_asked:
        return "asked: " + field(event, "title");
      case EventKind::question_answered:
        return field(event, "by") + " answered: " + answer_text(member_at(event.fields, "value"));
      case EventKind::question_expired:
        return "nobody answered in time";
      case EventKind::signal_received:
        return with_reason(field(event, "by") + " signalled " + field(event, "name"),
                           answer_text(member_at(event.fields, "value")));
      case EventKind::policy_decided:
        return with_reason(field(event, "verdict") + " " + field(event, "tool") + " by rule " +
                               field(event, "rule"),
                           field(event, "why"));
      case EventKind::tool_unknown:
        return "what became of " + field(event, "tool") + " is not known";
      case EventKind::plan_proposed:
        return "a plan was proposed";
      case EventKind::plan_changed:
        return with_reason("the plan was changed by " + field(event, "by"), field(event, "why"));
      case EventKind::guard_decided:
        return with_reason("guard " + field(event, "guard") + " (" + field(event, "where") +
                               "): " + field(event, "verdict"),
                           field(event, "why"));
      default:
        return later_note_of(event);
    }
  }

  static std::string later_note_of(const Event& event) {
    switch (event.kind) {
      case EventKind::hook_ran:
        return with_reason("hook " + field(event, "hook") + " (" + field(event, "on") +
                               "): " + field(event, "verdict"),
                           field(event, "why"));
      case EventKind::context_compacted:
        return "older history was summed up: " +
               std::to_string(integer_at(event.fields, "before")) + " → " +
               std::to_string(integer_at(event.fields, "after")) + " tokens";
      case EventKind::lease_taken:
        return "taken over by " + field(event, "node");
      case EventKind::run_forked:
        return "forked from " + field(event, "from") + " after event " +
               std::to_string(integer_at(event.fields, "from_seq"));
      case EventKind::run_cancelled:
        return "cancelled by " + field(event, "by");
      default:
        return {};
    }
  }

  void add_cost(const RunTree& tree, const Event& event) {
    const bool closes =
        event.kind == EventKind::model_replied || event.kind == EventKind::model_failed;
    if (!closes) return;
    const std::string target = field(event, "target");
    auto found = std::find_if(report_.costs.begin(), report_.costs.end(),
                              [&](const ReportCost& each) { return each.target == target; });
    if (found == report_.costs.end()) {
      report_.costs.push_back(ReportCost{});
      found = std::prev(report_.costs.end());
      found->target = target;
    }
    const Usage usage = usage_from_json(member_at(event.fields, "usage"));
    ++found->calls;
    found->input += usage.input;
    found->output += usage.output;
    found->cost += integer_at(event.fields, "cost");
    found->priced = found->priced && has_known_cost(tree.events, event);
  }

  void add_bars(const RunTree& tree, int depth) {
    std::map<std::string, std::size_t> open;
    const Micros start = begun_ == 0 ? tree.events.front().at : begun_;
    begun_ = start;
    for (const Event& event : tree.events) {
      report_.length = std::max(report_.length, event.at - start);
      if (opens_bar(event.kind)) {
        open[event.call_id] = report_.bars.size();
        report_.bars.push_back(
            {bar_title(event), Mark::call, depth, event.at - start, event.at - start});
      } else if (closes_bar(event.kind)) {
        const auto found = open.find(event.call_id);
        if (found == open.end()) continue;
        ReportBar& bar = report_.bars[found->second];
        bar.until = event.at - start;
        const std::string outcome = string_at(event.fields, "outcome", name_of(Outcome::ok));
        const bool failed = event.kind == EventKind::model_failed || outcome != "ok";
        const std::string target = field(event, "target");
        if (event.kind == EventKind::model_replied) bar.mark = Mark::step;
        if (!target.empty()) bar.title = target;  // who answered, of those that the route names
        if (failed) bar.mark = Mark::bad;
        open.erase(found);
      }
    }
    for (const auto& [call, index] : open) report_.bars[index].until = report_.length;
  }

  static std::string bar_title(const Event& event) {
    for (const char* name : {"tool", "agent", "name", "target"}) {
      const std::string title = field(event, name);
      if (!title.empty()) return title;
    }
    return std::string(spec_of(event.kind).name);
  }

  // What is approved, with its arguments; else what was asked.
  static std::string question_title(const Event& event) {
    const Json& body = member_at(event.fields, "body");
    const std::string tool = string_at(body, "tool");
    if (tool.empty()) return field(event, "title");
    return one_line(tool + "(" + short_args(member_at(body, "args"), kTitleBytesMax) + ")");
  }

  // Each question, and on the time line how long it waited.
  void add_approvals(const RunTree& tree, int depth) {
    std::map<std::string, std::pair<std::size_t, std::size_t>> asked;  // row and bar of a question
    for (const Event& event : tree.events) {
      const std::string id = string_at(event.fields, "question");
      const Micros at = event.at - begun_;
      if (event.kind == EventKind::question_asked) {
        asked[id] = {report_.approvals.size(), report_.bars.size()};
        report_.approvals.push_back({question_title(event), {}, {}, {}, event.at, 0});
        report_.bars.push_back({"asked: " + field(event, "title"), Mark::person, depth, at,
                                std::max(at, report_.length)});
      }
      const auto found = asked.find(id);
      if (found == asked.end() || event.kind == EventKind::question_asked) continue;
      ReportApproval& approval = report_.approvals[found->second.first];
      if (event.kind == EventKind::question_answered) {
        const Json& value = member_at(event.fields, "value");
        approval.answer = answer_text(value);
        if (event.fields.contains("args")) approval.answer += ", with other arguments";
        approval.by = field(event, "by");
        const std::string scope = field(event, "scope");
        if (is_yes(value)) approval.reach = "this " + (scope.empty() ? "once" : scope);
      } else if (event.kind == EventKind::question_expired) {
        approval.by = "nobody, in time";
      } else {
        continue;
      }
      approval.waited = event.at - approval.asked_at;
      report_.bars[found->second.second].until = at;
    }
  }

  RunReport& report_;
  ContentShelf& shelf_;
  Micros begun_ = 0;  // when the topmost run was
};

std::vector<std::pair<std::string, std::string>> facts_of_run(const RunTree& tree) {
  const RunRow& row = tree.row;
  const RunSums sums = sums_of(tree);
  std::vector<std::pair<std::string, std::string>> facts = {{"run", row.run_id},
                                                            {"agent", one_line(row.agent)}};
  const auto add = [&facts](const char* name, std::string value) {
    if (!value.empty()) facts.emplace_back(name, std::move(value));
  };
  add("session", one_line(row.session));
  add("started by", one_line(row.by));
  if (!row.fork_run.empty()) {
    add("forked from", row.fork_run + ", event " + std::to_string(row.fork_seq));
  }
  if (!row.parent_run.empty()) add("called by run", row.parent_run);
  add("began", time_of(tree.events.front().at));
  if (is_final(row.status)) add("ended", time_of(tree.events.back().at));
  add("took", elapsed_text(tree.events.front().at, tree.events.back().at));
  add("events", std::to_string(row.head_seq));
  if (sums.runs > 1) add("runs, with those below", std::to_string(sums.runs));
  add("steps", std::to_string(sums.steps));
  add("tokens", std::to_string(sums.tokens));
  add("cost", cost_text(sums.cost, sums.priced));
  if (row.head_hash != Hash{}) add("hash of its last event", to_hex(row.head_hash));
  return facts;
}

// The longest, in their order.
void bound_bars(std::vector<ReportBar>& bars) {
  if (bars.size() <= kReportBarsMax) return;
  std::vector<Micros> lengths;
  for (const ReportBar& bar : bars) lengths.push_back(bar.until - bar.from);
  const auto place = lengths.begin() + static_cast<std::ptrdiff_t>(kReportBarsMax);
  std::nth_element(lengths.begin(), place, lengths.end(), std::greater<>());
  const Micros least = *place;
  std::erase_if(bars, [least](const ReportBar& bar) { return bar.until - bar.from <= least; });
}

}  // namespace

RunReport report_of(const RunTree& tree, ReportImages images) {
  RunReport report;
  ContentShelf shelf(images);
  const RunState& state = tree.state;
  report.title = one_line(state.task.empty() ? "run " + tree.row.run_id : state.task, 120);
  report.status = std::string(name_of(tree.row.status));
  report.good = tree.row.status == RunStatus::completed;
  report.bad = tree.row.status == RunStatus::failed || tree.row.status == RunStatus::quarantined;
  if (!tree.row.reason.empty() && tree.row.reason != report.status) {
    report.status += " (" + one_line(tree.row.reason) + ")";
  }
  report.facts = facts_of_run(tree);
  report.task = shorten(state.task, kReportTextMax);
  for (const Event& event : tree.events) {
    if (event.kind == EventKind::run_started) {
      report.contents = shelf.of(event);
    } else if (event.kind == EventKind::run_completed) {
      report.answer = shown(member_at(event.fields, "text"));
      if (report.answer.empty()) report.answer = shown(member_at(event.fields, "output"));
    } else if (event.kind == EventKind::run_failed) {
      report.answer = shown(member_at(event.fields, "message"));
    }
  }
  if (state.plan) report.plan = plan_text(state.plan->plan, marks_of(state));
  ReportMaker(report, shelf).tell(tree, 0);
  std::stable_sort(report.bars.begin(), report.bars.end(),
                   [](const ReportBar& a, const ReportBar& b) { return a.from < b.from; });
  bound_bars(report.bars);
  return report;
}

}  // namespace yoke
