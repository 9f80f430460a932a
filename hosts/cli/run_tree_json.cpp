#include "hosts/cli/run_story.h"
#include "hosts/terminal/plan_text.h"
#include "runtime/journal/handoff.h"

// A run's tree for machines.
namespace yoke {
namespace {

Json run_json(const RunTree& tree, const RunSums& sums);

Json model_node_json(const RunTree& tree, const TreeNode& node) {
  Json out{{"kind", "model"}};
  for (const TreeNode& each : node.under) {
    if (each.event == nullptr) continue;
    const Json& fields = each.event->fields;
    if (each.event->kind == EventKind::model_called) out["purpose"] = string_at(fields, "purpose");
    if (each.event->kind == EventKind::model_failed) {
      out["outcome"] = "error";
      out["message"] = string_at(fields, "message");
    }
    if (each.event->kind != EventKind::model_replied) continue;
    const Result<Message> message = message_from_json(member_at(fields, "message"));
    out["outcome"] = "ok";
    out["target"] = string_at(fields, "target");
    if (!message) continue;
    out["text"] = text_of(*message);
    const std::string thought = reasoning_of(*message);
    if (!thought.empty()) out["thought"] = thought;
  }
  if (string_at(out, "purpose").empty()) out.erase("purpose");
  if (!out.contains("outcome")) {
    const CallState* call = tree.state.find_call(node.call);
    out["outcome"] = "open";
    out["target"] = call == nullptr ? "" : call->target;
  }
  return out;
}

Json call_node_json(const RunTree& tree, const TreeNode& node) {
  const CallState* call = tree.state.find_call(node.call);
  if (call == nullptr) return Json{{"kind", "tool"}, {"outcome", "open"}};  // not yet made
  if (call->is_model()) return model_node_json(tree, node);
  Json out{{"kind", "tool"}, {"name", call->tool}, {"args", call->args}};
  if (call->kind == CallKind::script) out["kind"] = "script";
  if (call->kind == CallKind::child) {
    const ChildState& child = tree.state.children.at(call->id);
    out["kind"] = is_handoff(*call) ? "handoff" : "agent";
    out["name"] = child.agent;
  }
  out["outcome"] = call->open ? "open" : std::string(name_of(call->outcome));
  if (!call->value.is_null()) out["value"] = call->value;
  if (!call->message.empty()) out["message"] = call->message;
  return out;
}

Json step_json(const RunTree& tree, const TreeNode& node) {
  const ScriptState& script = tree.state.scripts.at(node.call);
  const std::map<std::string, StepMark> marks = marks_of(tree.state, script);
  const auto mark = marks.find(node.step);
  static constexpr const char* kMarks[] = {"waiting", "running", "done", "failed", "skipped"};
  const StepMark is = mark == marks.end() ? StepMark::waiting : mark->second;
  return Json{{"kind", "step"}, {"step", node.step}, {"mark", kMarks[static_cast<int>(is)]}};
}

bool is_told_by_call(const Event& event) {
  const CallEdge edge = spec_of(event.kind).edge;
  return edge == CallEdge::opens || edge == CallEdge::closes ||
         event.kind == EventKind::route_chosen;
}

Json nodes_json(const RunTree& tree, const std::vector<TreeNode>& nodes) {
  Json list = Json::array();
  for (const TreeNode& node : nodes) {
    if (node.event != nullptr) {
      if (!is_told_by_call(*node.event)) list.push_back(to_json(*node.event));
      continue;
    }
    Json out = node.step.empty() ? call_node_json(tree, node) : step_json(tree, node);
    out["call"] = node.call;
    const RunSums sums = sums_of(tree, node);
    if (sums.steps != 0 || sums.cost != 0) out["usage"] = to_json(sums);
    const RunTree* child = node.step.empty() ? child_of(tree, node.call) : nullptr;
    if (child != nullptr) out["run"] = run_json(*child, sums);
    out["calls"] = nodes_json(tree, node.under);
    list.push_back(std::move(out));
  }
  return list;
}

Json run_json(const RunTree& tree, const RunSums& sums) {
  Json out{{"run", tree.row.run_id},
           {"agent", tree.row.agent},
           {"status", name_of(tree.row.status)},
           {"reason", tree.row.reason},
           {"usage", to_json(sums)}};
  if (!tree.untold.empty()) {
    out["untold"] = tree.untold;
    return out;
  }
  out["task"] = tree.state.task;
  if (!tree.state.input.empty()) out["input"] = tree.state.input;
  out["calls"] = nodes_json(tree, nodes_of(tree));
  return out;
}

}  // namespace

Json run_tree_json(const RunTree& tree) { return run_json(tree, sums_of(tree)); }

}  // namespace yoke
