#include "hosts/cli/run_tree.h"

#include <algorithm>
#include <map>

#include "runtime/base/saturating.h"
#include "runtime/engine/reader.h"
#include "trials/cell_facts.h"

namespace yoke {
namespace {

constexpr char kStepMark = '\x1f';  // between a script's call and the step of its plan

class TreeReader {
 public:
  explicit TreeReader(Store& store) : store_(store) {}

  awaitable<Result<RunTree>> read(RunRow row) {
    --left_;
    RunTree tree;
    Result<std::vector<Event>> events = co_await read_events(store_, row.run_id);
    if (!events) co_return events.error();
    Result<RunState> state = fold_journal(*events);
    if (!state) co_return state.error();
    tree.row = std::move(row);
    tree.events = std::move(*events);
    tree.state = std::move(*state);
    for (const Event& event : tree.events) {
      if (event.kind != EventKind::child_started) continue;
      RunTree child = co_await read_child(event.call_id, string_at(event.fields, "child"));
      tree.children.push_back(std::move(child));
    }
    co_return tree;
  }

 private:
  awaitable<RunTree> read_child(std::string call, std::string run_id) {
    RunTree child;
    child.row.run_id = run_id;
    Result<RunRow> row = co_await store_.get(run_id);
    if (!row) {
      child.untold = "it was not begun";
    } else if (row->erased_at != 0) {
      child.row = std::move(*row);
      child.untold = "what was said in it was erased";
    } else if (left_ <= 0) {
      child.row = std::move(*row);
      child.untold = "more than " + std::to_string(kTreeRunsMax) + " runs are not shown at once";
    } else {
      child.row = *row;
      Result<RunTree> read_tree = co_await read(std::move(*row));
      if (read_tree) {
        child = std::move(*read_tree);
      } else {
        child.untold = read_tree.error().message();
      }
    }
    child.call = std::move(call);
    co_return child;
  }

  Store& store_;
  int left_ = kTreeRunsMax;
};

// The calls of a run, each under what called it.
class Grower {
 public:
  explicit Grower(const RunTree& tree) : tree_(tree) {
    for (const Turn& turn : tree.state.turns) {
      for (const std::string& call : turn.calls) turns_[call] = turn.call_id;
    }
  }

  std::vector<TreeNode> grow() {
    kept_[""];
    for (const Event& event : tree_.events) {
      const bool is_last = event.kind == EventKind::run_completed ||
                           event.kind == EventKind::run_failed ||
                           event.kind == EventKind::run_quarantined;
      if (event.kind == EventKind::run_started || is_last) continue;
      const std::string key = key_of(event);
      place(key);
      Item item;
      item.event = &event;
      kept_[key].push_back(std::move(item));
      if (event.kind == EventKind::script_started) place_steps(event);
    }
    return taken("");
  }

 private:
  struct Item {
    const Event* event = nullptr;
    std::string key;  // of a call or a step
  };

  static bool is_of_plan(const Event& event) {
    switch (event.kind) {
      case EventKind::plan_proposed:
      case EventKind::plan_changed:
        return true;
      case EventKind::question_asked:
      case EventKind::question_answered:
      case EventKind::question_expired:
        return string_at(event.fields, "question").starts_with("plan.");
      default:
        return false;
    }
  }

  // A plan, and whether to carry it out, is of no call: it stands where it was made, before what
  // the same reply had done of it.
  std::string key_of(const Event& event) const {
    if (!is_of_plan(event)) return event.call_id;
    std::string key;
    for (const Turn& turn : tree_.state.turns) {
      if (turn.seq < event.seq) key = turn.call_id;
    }
    return key;
  }

  void place(const std::string& key) {
    if (kept_.contains(key)) return;
    kept_[key];
    const std::string above = above_of(key);
    place(above);
    Item item;
    item.key = key;
    kept_[above].push_back(std::move(item));
  }

  void place_steps(const Event& started) {
    const Json& plan = member_at(member_at(started.fields, "input"), "plan");
    for (const Json& step : member_at(plan, "steps")) {
      const std::string key = started.call_id + kStepMark + string_at(step, "id");
      steps_[key] = started.call_id;
      place(key);
    }
  }

  std::string above_of(const std::string& key) const {
    const auto step = steps_.find(key);
    if (step != steps_.end()) return step->second;
    const auto turn = turns_.find(key);
    if (turn != turns_.end()) return turn->second;
    const CallState* call = tree_.state.find_call(key);
    const std::string& by = call == nullptr || call->called_by.empty() ? key : call->called_by;
    const std::size_t slash = by.find('/');
    if (slash == std::string::npos) return {};
    const std::string script = by.substr(0, slash);
    if (!tree_.state.scripts.contains(script)) return {};
    // The steps of a plan are branches of its first call: "1.STEP.n".
    const std::string at = by.substr(slash + 1);
    const std::size_t end = at.find('.', 2);
    if (at.starts_with("1.") && end != std::string::npos) {
      const std::string of_step = script + kStepMark + at.substr(2, end - 2);
      if (steps_.contains(of_step)) return of_step;
    }
    return script;
  }

  std::vector<TreeNode> taken(const std::string& key) const {
    std::vector<TreeNode> nodes;
    for (const Item& item : kept_.at(key)) {
      TreeNode node;
      node.event = item.event;
      if (item.event == nullptr) {
        const std::size_t mark = item.key.find(kStepMark);
        node.call = item.key.substr(0, mark);
        if (mark != std::string::npos) node.step = item.key.substr(mark + 1);
        node.under = taken(item.key);
      }
      nodes.push_back(std::move(node));
    }
    return nodes;
  }

  const RunTree& tree_;
  std::map<std::string, std::string> turns_;  // which model call wanted a call
  std::map<std::string, std::string> steps_;  // which script a step is of
  std::map<std::string, std::vector<Item>> kept_;
};

RunSums sums_of_row(const RunRow& row) {
  RunSums sums;
  sums.runs = 1;
  sums.steps = integer_at(row.summary, "steps");
  sums.tokens = integer_at(row.summary, "tokens");
  sums.cost = integer_at(row.summary, "cost");
  sums.priced = !bool_at(row.summary, "unpriced");
  return sums;
}

// Of one that its parent has taken note of, with those below it, which are not in the tree.
RunSums sums_of_untold(const RunTree& tree, const RunTree& child) {
  const auto known = tree.state.children.find(child.call);
  const CallState* call = tree.state.find_call(child.call);
  if (known == tree.state.children.end() || call == nullptr || call->open) {
    return sums_of_row(child.row);
  }
  RunSums sums;
  sums.runs = 1;
  sums.steps = known->second.steps;
  sums.tokens = saturating_add(known->second.usage.input, known->second.usage.output);
  sums.cost = known->second.cost;
  return sums;
}

RunSums sums_below(const RunTree& tree, const RunTree& child) {
  return child.untold.empty() ? sums_of(child) : sums_of_untold(tree, child);
}

}  // namespace

awaitable<Result<RunTree>> read_run_tree(Store& store, RunRow row) {
  TreeReader reader(store);
  co_return co_await reader.read(std::move(row));
}

RunSums& RunSums::operator+=(const RunSums& other) {
  runs += other.runs;
  steps = saturating_add(steps, other.steps);
  tokens = saturating_add(tokens, other.tokens);
  cost = saturating_add(cost, other.cost);
  priced = priced && other.priced;
  return *this;
}

RunSums own_sums(const RunTree& tree) {
  RunSums sums;
  sums.runs = 1;
  sums.steps = tree.state.own_steps();
  sums.tokens = tree.state.own_tokens();
  sums.cost = tree.state.own_cost();
  sums.priced = has_known_cost(tree.events);
  return sums;
}

RunSums sums_of(const RunTree& tree) {
  if (!tree.untold.empty()) return sums_of_row(tree.row);
  RunSums sums = own_sums(tree);
  for (const RunTree& child : tree.children) {
    const CallState* call = tree.state.find_call(child.call);
    // What a fork's parent started is that one's to pay.
    const auto known = tree.state.children.find(child.call);
    const bool own = known != tree.state.children.end() &&
                     known->second.started_by == tree.state.run_id && call != nullptr;
    if (own) sums += sums_below(tree, child);
  }
  return sums;
}

Json to_json(const RunSums& sums) {
  return Json{{"runs", sums.runs},
              {"steps", sums.steps},
              {"tokens", sums.tokens},
              {"nanousd", sums.cost},
              {"unpriced", !sums.priced}};
}

std::vector<TreeNode> nodes_of(const RunTree& tree) { return Grower(tree).grow(); }

const RunTree* child_of(const RunTree& tree, const std::string& call) {
  for (const RunTree& child : tree.children) {
    if (child.call == call) return &child;
  }
  return nullptr;
}

RunSums sums_of(const RunTree& tree, const TreeNode& node) {
  RunSums sums;
  if (node.event != nullptr) {
    if (node.event->kind != EventKind::model_replied &&
        node.event->kind != EventKind::model_failed) {
      return sums;
    }
    const Usage usage = usage_from_json(member_at(node.event->fields, "usage"));
    sums.steps = node.event->kind == EventKind::model_replied ? 1 : 0;
    sums.tokens = saturating_add(usage.input, usage.output);
    sums.cost = integer_at(node.event->fields, "cost");
    sums.priced = has_known_cost(tree.events, *node.event);
    return sums;
  }
  const RunTree* child = node.step.empty() ? child_of(tree, node.call) : nullptr;
  if (child != nullptr) sums += sums_below(tree, *child);
  for (const TreeNode& each : node.under) sums += sums_of(tree, each);
  return sums;
}

}  // namespace yoke
