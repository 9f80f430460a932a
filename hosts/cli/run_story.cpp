#include "hosts/cli/run_story.h"

#include <map>

#include "hosts/app/signal_words.h"
#include "hosts/contents/run_contents.h"
#include "hosts/contents/told_value.h"
#include "hosts/terminal/plan_text.h"
#include "hosts/terminal/run_view.h"
#include "runtime/base/text.h"
#include "runtime/engine/signals.h"
#include "runtime/journal/handoff.h"
#include "trials/cell_facts.h"

namespace yoke {
namespace {

constexpr std::size_t kValueBytesMax = 400;

std::string printed(const Event& event, std::string_view name) {
  return printable(string_at(event.fields, name));
}

std::string because(const Event& event) {
  const std::string why = printed(event, "why");
  return why.empty() ? "" : ": " + why;
}

std::string value_text(const Json& value) {
  return shorten(printable(to_text(told_value(value).read)), kValueBytesMax);
}

// What is no text, by its name, and how to get it.
std::string content_line(const Event& event, const RunContent& content) {
  return "▣ " + content.name + "  " + content.words + "; 'yoke runs images " + event.run_id +
         " --to DIR' saves it";
}

std::string contents_text(const Event& event) {
  std::string text;
  for (const RunContent& each : contents_of(event)) text += "\n" + content_line(event, each);
  return text;
}

std::string sums_text(const RunSums& sums) {
  return std::to_string(sums.steps) + " steps, " + std::to_string(sums.tokens) + " tokens, " +
         cost_text(sums.cost, sums.priced);
}

// One run of a tree in text, each event a line under the call that it is of.
class Story {
 public:
  explicit Story(const RunTree& tree) : tree_(tree) {
    int step = 0;
    for (const Event& event : tree.events) {
      if (event.kind == EventKind::model_replied) steps_[event.seq] = ++step;
    }
    for (const auto& [id, script] : tree.state.scripts) marks_[id] = marks_of(tree.state, script);
  }

  std::string told(const std::vector<TreeNode>& nodes, std::size_t depth) const {
    std::string text;
    for (const TreeNode& node : nodes) {
      text += node.event != nullptr ? lines(node.event->seq, depth, event_text(*node.event))
                                    : told_call(node, depth);
    }
    return text;
  }

 private:
  // Text of several lines, the first with the event's number.
  static std::string lines(std::int64_t seq, std::size_t depth, const std::string& what) {
    if (what.empty()) return {};
    std::string number = seq == 0 ? "" : std::to_string(seq);
    number.insert(0, number.size() < 4 ? 4 - number.size() : 0, ' ');
    const std::string indent(2 * depth + 2, ' ');
    std::string text;
    for (const std::string& line : split(what, '\n')) {
      if (!line.empty()) text += (text.empty() ? number : "    ") + indent + line + "\n";
    }
    return text;
  }

  // What opened the call stands above what happened in it.
  std::string told_call(const TreeNode& node, std::size_t depth) const {
    std::string text;
    std::vector<TreeNode> under = node.under;
    if (!node.step.empty()) {
      text = lines(0, depth, step_text(node));
    } else {
      const auto head = head_of(under);
      if (head != under.end()) {
        const Event& event = *head->event;
        text = lines(event.seq, depth, event_text(event) + spent_below(node, event));
        under.erase(head);
      }
    }
    if (text.empty()) return told(under, depth);
    const RunTree* child = node.step.empty() ? child_of(tree_, node.call) : nullptr;
    if (child == nullptr) return text + told(under, depth + 1);
    return text + told_child(*child, depth + 1) + told(under, depth + 1);
  }

  std::vector<TreeNode>::iterator head_of(std::vector<TreeNode>& nodes) const {
    auto first = nodes.end();
    for (auto node = nodes.begin(); node != nodes.end(); ++node) {
      if (node->event == nullptr || event_text(*node->event).empty()) continue;
      const EventSpec& spec = spec_of(node->event->kind);
      const bool is_model = node->event->kind == EventKind::model_replied ||
                            node->event->kind == EventKind::model_failed;
      if (spec.edge == CallEdge::opens || is_model) return node;
      if (first == nodes.end()) first = node;
    }
    return first;
  }

  // Of a script: what the models and agents that it called have cost.
  std::string spent_below(const TreeNode& node, const Event& head) const {
    if (head.kind != EventKind::script_started) return {};
    const RunSums sums = sums_of(tree_, node);
    return sums.steps == 0 && sums.runs == 0 ? "" : "  " + sums_text(sums);
  }

  static std::string told_child(const RunTree& child, std::size_t depth) {
    std::string status(name_of(child.row.status));
    if (!child.row.reason.empty() && child.row.reason != status) {
      status += " (" + printable(child.row.reason) + ")";
    }
    if (!child.untold.empty()) {
      return lines(0, depth, "run " + child.row.run_id + "  " + printable(child.untold));
    }
    std::string text = lines(
        0, depth, "run " + child.row.run_id + "  " + status + "  " + sums_text(sums_of(child)));
    const Story story(child);
    text += story.told(nodes_of(child), depth);
    for (const auto& [id, question] : child.state.questions) {
      if (!question.is_open()) continue;
      text +=
          lines(0, depth,
                "waits for an answer: yoke runs answer " + child.row.run_id + " " + id + " VALUE");
    }
    return text;
  }

  std::string step_text(const TreeNode& node) const {
    const Json& plan = member_at(tree_.state.scripts.at(node.call).input, "plan");
    for (const Json& step : member_at(plan, "steps")) {
      if (string_at(step, "id") != node.step) continue;
      const RunSums sums = sums_of(tree_, node);
      return plan_step_text(step, marks_.at(node.call)) +
             (sums.runs == 0 ? "" : "  " + sums_text(sums));
    }
    return {};
  }

  std::string event_text(const Event& event) const {
    switch (event.kind) {
      case EventKind::model_replied:
        return replied(event);
      case EventKind::model_failed:
        return "the model failed (" + printed(event, "class") + "): " + printed(event, "message");
      case EventKind::tool_called:
        return called(event, printed(event, "tool"), member_at(event.fields, "args"));
      case EventKind::child_started:
        return called(event, child_title(event), child_args(event));
      case EventKind::script_started:
        return "script " + printed(event, "name");
      case EventKind::tool_returned:
      case EventKind::child_finished:
      case EventKind::script_returned:
        return returned(event);
      case EventKind::script_wanted:
        return wanted(event);
      default:
        return note(event);
    }
  }

  static std::string note(const Event& event) {
    switch (event.kind) {
      case EventKind::tool_unknown:
        return "what became of " + printed(event, "tool") + " is not known" +
               (printed(event, "probe").empty() ? "" : "; its probe: " + printed(event, "probe"));
      case EventKind::policy_decided:
        return printed(event, "verdict") + " " + printed(event, "tool") + " by rule '" +
               printed(event, "rule") + "'" + because(event);
      case EventKind::question_asked:
        return "asked " + printed(event, "question") + ": " + printed(event, "title");
      case EventKind::question_answered:
        return printed(event, "by") + " answered " + printed(event, "question") + ": " +
               to_text(member_at(event.fields, "value"));
      case EventKind::question_expired:
        return "nobody answered " + printed(event, "question") + " in time";
      case EventKind::lease_taken:
        return "taken over by " + printed(event, "node");
      case EventKind::run_forked:
        return "forked from " + printed(event, "from") + " after event " +
               std::to_string(integer_at(event.fields, "from_seq")) +
               (printed(event, "model").empty() ? "" : ", with model " + printed(event, "model"));
      case EventKind::run_cancelled:
        return "cancelled by " + printed(event, "by");
      default:
        return later_note(event);
    }
  }

  static std::string later_note(const Event& event) {
    switch (event.kind) {
      case EventKind::plan_proposed:
        return "proposed a plan";
      case EventKind::plan_changed:
        return "the plan was changed by " + printed(event, "by") + because(event);
      case EventKind::signal_received:
        return printed(event, "by") + " signalled " + printed(event, "name") + ": " +
               value_text(member_at(event.fields, "value"));
      case EventKind::context_compacted:
        return "older history was summed up: " +
               std::to_string(integer_at(event.fields, "before")) + " → " +
               std::to_string(integer_at(event.fields, "after")) + " tokens";
      case EventKind::guard_decided:
        return "guard " + printed(event, "guard") + " (" + printed(event, "where") +
               "): " + printed(event, "verdict") + because(event);
      case EventKind::hook_ran:
        return "hook " + printed(event, "hook") + " (" + printed(event, "on") +
               "): " + printed(event, "verdict") + because(event);
      default:
        return {};
    }
  }

  // What a script wants and no other event tells.
  static std::string wanted(const Event& event) {
    const std::string want = printed(event, "want");
    if (want != "sleep" && want != "signal" && want != "step") return {};
    return want + "(" + short_args(member_at(event.fields, "args"), kValueBytesMax) + ")";
  }

  std::string replied(const Event& event) const {
    const Result<Message> message = message_from_json(member_at(event.fields, "message"));
    if (!message) return {};
    std::string text =
        "step " + std::to_string(steps_.at(event.seq)) + "  " + printed(event, "target") + "  " +
        cost_text(integer_at(event.fields, "cost"), has_known_cost(tree_.events, event));
    const std::string reasoning = printable(reasoning_of(*message));
    if (!reasoning.empty()) text += "\nthought: " + reasoning;
    return text + contents_text(event);
  }

  static std::string child_title(const Event& event) {
    const std::string tool = printed(event, "tool");
    return is_handoff_tool(tool) ? tool : "agent:" + printed(event, "agent");
  }

  static Json child_args(const Event& event) {
    Json args = Json::object();
    if (event.fields.contains("task")) args["task"] = event.fields["task"];
    const Json& input = member_at(event.fields, "input");
    if (input.is_object()) args.update(input);
    return args;
  }

  static std::string called(const Event& event, const std::string& name, const Json& args) {
    const std::string again =
        event.attempt > 1 ? " (attempt " + std::to_string(event.attempt) + ")" : "";
    std::string rule = printed(event, "rule").empty() ? "" : "  [" + printed(event, "rule") + "]";
    if (!printed(event, "edited_by").empty())
      rule += "  (changed by " + printed(event, "edited_by") + ")";
    return name + "(" + short_args(args, kValueBytesMax) + ")" + again + rule;
  }

  static std::string returned(const Event& event) {
    const std::string outcome = printed(event, "outcome");
    if (outcome != name_of(Outcome::ok)) return "→ " + outcome + ": " + printed(event, "message");
    const std::string edited = bool_at(event.fields, "edited") ? " (edited)" : "";
    return "→ " + value_text(member_at(event.fields, "value")) + edited + contents_text(event);
  }

  const RunTree& tree_;
  std::map<std::int64_t, int> steps_;                             // by the event of the reply
  std::map<std::string, std::map<std::string, StepMark>> marks_;  // of scripts that carry plans out
};

// Approvals that reach further than one call.
std::string standing_text(const RunState& state) {
  std::string text;
  for (const auto& [id, question] : state.questions) {
    if (question.scope.empty() || !question.answer) continue;
    const Json& args = question.args ? *question.args : member_at(question.body, "args");
    text += "\nstanding for this " + printable(question.scope) + ": " +
            printable(string_at(question.body, "tool")) + "(" + short_args(args, kValueBytesMax) +
            "), by " + printable(question.by) + "\n";
  }
  return text;
}

// What a run waits for that no person is asked about.
std::string waits_text(const RunRow& run, const RunState& state) {
  std::string text;
  if (is_final(run.status)) return text;
  for (const std::string& name : awaited_signals(state)) {
    text += "\nwaits for the signal '" + printable(name) +
            "': " + signal_command(run.run_id, name) + "\n";
  }
  for (const auto& [id, due] : state.timers) {
    text += "\nsleeps until " + to_iso8601(due).substr(0, 19) + "Z\n";
  }
  return text;
}

std::string opening_text(const Event& event) {
  std::string text = "task   " + printed(event, "task") + "\n";
  if (event.fields.contains("input")) {
    text += "input  " + printable(to_text(told_value(event.fields["input"]).read)) + "\n";
  }
  for (const Json& entry : member_at(event.fields, "recalled")) {
    const std::string problem = string_at(entry, "problem");
    text += "recalled " + printable(problem.empty() ? string_at(entry, "key") : problem) +
            (bool_at(entry, "trusted", true) ? "" : " (unverified)") + "\n";
  }
  for (const RunContent& each : contents_of(event)) text += content_line(event, each) + "\n";
  if (!printed(event, "session").empty()) text += "session " + printed(event, "session") + "\n";
  return text + "\n";
}

std::string ending_text(const Event& event) {
  if (event.kind == EventKind::run_completed) return "\nanswer\n" + printed(event, "text") + "\n";
  const bool failed =
      event.kind == EventKind::run_failed || event.kind == EventKind::run_quarantined;
  return failed ? "\nended: " + event.reason + "\n" + printed(event, "message") + "\n" : "";
}

// What a run of a comparison did itself.
std::string sums_alone(const RunState& state) {
  RunSums sums;
  sums.steps = state.own_steps();
  sums.tokens = state.own_tokens();
  sums.cost = state.own_cost();
  sums.priced = !state.unpriced;
  return sums_text(sums);
}

std::string side_text(const std::string& id, const std::optional<Event>& event,
                      const RunState& state) {
  std::string text = id + "\n";
  if (event) {
    text += "  event " + std::to_string(event->seq) + "  " +
            std::string(spec_of(event->kind).name) + " " + event->call_id + "\n  " +
            shorten(printable(to_text(told_value(event->fields).read)), 600) + "\n";
  } else {
    text += "  ended there\n";
  }
  text +=
      "  " + std::string(name_of(state.status)) + ": " + shorten(printable(state.text), 600) + "\n";
  text += "  of its own: " + sums_alone(state) + "\n";
  return text;
}

Json side_json(const std::string& id, const std::optional<Event>& event, const RunState& state) {
  return Json{{"run", id},
              {"event", event ? to_json(*event) : Json(nullptr)},
              {"status", name_of(state.status)},
              {"text", state.text},
              {"steps", state.own_steps()},
              {"tokens", state.own_tokens()},
              {"cost", state.own_cost()}};
}

}  // namespace

std::string run_story(const RunTree& tree) {
  const RunRow& run = tree.row;
  std::string text = "run    " + run.run_id + "\nagent  " + run.agent + "\nstatus " +
                     std::string(name_of(run.status)) +
                     (run.reason.empty() ? "" : " (" + run.reason + ")") + "\n";
  for (const Event& event : tree.events) {
    if (event.kind == EventKind::run_started) text += opening_text(event);
  }
  text += Story(tree).told(nodes_of(tree), 0);
  if (!tree.events.empty()) text += ending_text(tree.events.back());
  for (const auto& [id, question] : tree.state.questions) {
    if (!question.is_open()) continue;
    text += "\nwaits for an answer: yoke runs answer " + run.run_id + " " + id + " VALUE\n  " +
            printable(question.title) + "  " + to_text(question.choices) + "\n";
  }
  text += waits_text(run, tree.state);
  text += standing_text(tree.state) + "\n" + sums_text(own_sums(tree)) + "\n";
  const RunSums all = sums_of(tree);
  if (all.runs > 1) {
    text += "with the " + std::to_string(all.runs - 1) + (all.runs == 2 ? " run" : " runs") +
            " below it: " + sums_text(all) + "\n";
  }
  return printable(text);  // names and values are others' words, an imported run's all of them
}

std::string diff_text(const std::string& left_id, const std::string& right_id,
                      const RunDiff& diff) {
  if (diff.same) {
    return "the same in all " + std::to_string(diff.shared) + " events\n";
  }
  return printable("the same in " + std::to_string(diff.shared) + " events, then they part\n\n" +
                   side_text(left_id, diff.left, diff.left_state) + "\n" +
                   side_text(right_id, diff.right, diff.right_state));
}

Json diff_json(const std::string& left_id, const std::string& right_id, const RunDiff& diff) {
  return Json{{"same", diff.same},
              {"shared", diff.shared},
              {"left", side_json(left_id, diff.left, diff.left_state)},
              {"right", side_json(right_id, diff.right, diff.right_state)}};
}

}  // namespace yoke
