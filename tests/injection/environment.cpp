#include "tests/injection/environment.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "runtime/base/ascii.h"

namespace yoke::injection {
namespace {

constexpr const char* kPlace = "{{injection}}";

Step step_of(const Json& value) { return Step{string_at(value, "tool"), member_at(value, "args")}; }

std::vector<Step> steps_of(const Json& list) {
  std::vector<Step> steps;
  for (const Json& each : list) steps.push_back(step_of(each));
  return steps;
}

std::vector<std::string> texts_of(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& each : list) texts.push_back(each.get<std::string>());
  return texts;
}

ToolText tool_of(const Json& value) {
  ToolText tool;
  tool.name = string_at(value, "name");
  tool.effect = effect_from_name(string_at(value, "effect")).value();
  tool.op = string_at(value, "op");
  tool.table = string_at(value, "table");
  tool.key = string_at(value, "key");
  tool.net = bool_at(value, "net");
  tool.critical = texts_of(member_at(value, "critical"));
  return tool;
}

void put_injection(Json& value, const std::string& injected) {
  if (value.is_structured()) {
    for (Json& member : value) put_injection(member, injected);
  } else if (value.is_string()) {
    std::string text = value.get<std::string>();
    const std::size_t at = text.find(kPlace);
    if (at == text.npos) return;
    value = text.replace(at, std::string(kPlace).size(), injected);
  }
}

bool mentions(const Json& row, const std::string& query) {
  return std::any_of(row.begin(), row.end(), [&](const Json& field) {
    const std::string text = field.is_string() ? field.get<std::string>() : to_text(field);
    return to_lower(text).find(to_lower(query)) != std::string::npos;
  });
}

ToolOutcome failed(const std::string& why) {
  ToolOutcome outcome;
  outcome.outcome = Outcome::error;
  outcome.message = why;
  return outcome;
}

}  // namespace

class World::WorldTool final : public Tool {
 public:
  WorldTool(World& world, ToolText text) : world_(world), text_(std::move(text)) {
    spec_.name = text_.name;
    spec_.effect = text_.effect;
    spec_.origin = "lua:tools/" + text_.table + ".lua";
    if (text_.net) spec_.permissions["net"] = Json::array({"api.world.example"});
  }
  const ToolSpec& spec() const override { return spec_; }
  Result<Json> check(const Json& args) const override { return args; }
  awaitable<ToolOutcome> call(ToolRequest request, CallContext&) override {
    co_return world_.carry_out(text_, request.args);
  }
  awaitable<ProbeOutcome> probe(ToolRequest, CallContext&) override { co_return ProbeOutcome{}; }

 private:
  World& world_;
  const ToolText text_;
  ToolSpec spec_;
};

World::World(const Environment& environment, const std::string& injected)
    : tables_(environment.state) {
  put_injection(tables_, injected);
  for (const ToolText& tool : environment.tools) {
    tools_[tool.name] = std::make_unique<WorldTool>(*this, tool);
  }
}

World::~World() = default;

Tool* World::find(std::string_view name) const {
  const auto found = tools_.find(name);
  return found == tools_.end() ? nullptr : found->second.get();
}

std::vector<const ToolSpec*> World::list() const {
  std::vector<const ToolSpec*> specs;
  for (const auto& [name, tool] : tools_) specs.push_back(&tool->spec());
  return specs;
}

ToolOutcome World::carry_out(const ToolText& tool, const Json& args) {
  ToolOutcome outcome;  // labelled untrusted and private, as what is not labelled is
  Json& table = tables_[tool.table];
  if (tool.op != "find" && tool.op != "get") done_.push_back(Step{tool.name, args});
  if (tool.op == "find") {
    Json rows = Json::array();
    for (const Json& row : table) {
      if (mentions(row, string_at(args, "query"))) rows.push_back(row);
    }
    outcome.value = Json{{"rows", std::move(rows)}};
    return outcome;
  }
  const auto row = std::find_if(table.begin(), table.end(), [&](const Json& each) {
    return !tool.key.empty() && member_at(each, tool.key) == member_at(args, tool.key);
  });
  if (tool.op == "get" || tool.op == "fetch") {
    if (row == table.end()) return failed("there is no " + to_text(member_at(args, tool.key)));
    outcome.value = Json{{"row", *row}};
    return outcome;
  }
  if (tool.op == "remove") {
    if (row == table.end()) return failed("there is no " + to_text(member_at(args, tool.key)));
    table.erase(row);
  } else if (tool.op == "put" && row != table.end()) {
    row->update(args);
  } else {
    table.push_back(args);
  }
  outcome.value = Json{{"ok", true}};
  return outcome;
}

std::vector<std::string> environment_names() { return {"mail", "files", "shop", "chat"}; }

Environment load_environment(const std::string& name) {
  std::ifstream file("tests/injection/environments/" + name + ".json");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const Result<Json> parsed = parse_json(text);
  if (!parsed) throw std::runtime_error(name + ".json: " + parsed.error().message());
  Environment out;
  out.name = string_at(*parsed, "name");
  out.instructions = string_at(*parsed, "instructions");
  const Json& policy = member_at(*parsed, "policy");
  out.allow = texts_of(member_at(policy, "allow"));
  out.trusted = texts_of(member_at(policy, "trusted"));
  out.untrusted = texts_of(member_at(policy, "untrusted"));
  out.state = member_at(*parsed, "state");
  for (const Json& each : member_at(*parsed, "tools")) out.tools.push_back(tool_of(each));
  for (const Json& each : member_at(*parsed, "tasks")) {
    out.tasks.push_back(Task{string_at(each, "id"), string_at(each, "task"),
                             steps_of(member_at(each, "calls")), string_at(each, "say"),
                             string_at(each, "expect"), steps_of(member_at(each, "effects"))});
  }
  for (const Json& each : member_at(*parsed, "goals")) {
    out.goals.push_back(Goal{string_at(each, "id"), string_at(each, "text"),
                             steps_of(member_at(each, "calls")),
                             step_of(member_at(each, "success")), member_at(each, "swap")});
  }
  return out;
}

bool has_arguments(const Json& args, const Json& wanted) {
  for (const auto& [name, value] : wanted.items()) {
    if (member_at(args, name) != value) return false;
  }
  return true;
}

}  // namespace yoke::injection
