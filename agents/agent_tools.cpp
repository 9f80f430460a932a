#include "agents/agent_tools.h"

#include <map>

#include "agents/code_agent.h"
#include "agents/plan_agent.h"
#include "agents/strategy.h"
#include "runtime/journal/handoff.h"

namespace yoke {
namespace {

constexpr std::string_view kPrefix = "agent:";

// Borrows what the other set has, which it keeps alive.
class MoreTools final : public ToolSet {
 public:
  MoreTools(std::shared_ptr<const ToolSet> base, std::vector<std::unique_ptr<Tool>> more)
      : base_(std::move(base)), more_(std::move(more)) {
    for (const ToolSpec* spec : base_->list()) tools_[spec->name] = base_->find(spec->name);
    for (const std::unique_ptr<Tool>& tool : more_) tools_[tool->spec().name] = tool.get();
  }

  Tool* find(std::string_view name) const override {
    const auto found = tools_.find(name);
    return found == tools_.end() ? nullptr : found->second;
  }
  std::vector<const ToolSpec*> list() const override {
    std::vector<const ToolSpec*> specs;
    for (const auto& [name, tool] : tools_) specs.push_back(&tool->spec());
    return specs;
  }

 private:
  const std::shared_ptr<const ToolSet> base_;  // shared with whoever made it
  const std::vector<std::unique_ptr<Tool>> more_;
  std::map<std::string, Tool*, std::less<>> tools_;
};

std::unique_ptr<Tool> engine_tool(ToolSpec spec) {
  Result<std::shared_ptr<const Schema>> input = Schema::compile(spec.input_schema);
  if (!input) return nullptr;
  return std::make_unique<EngineTool>(std::move(spec), std::move(*input));
}

}  // namespace

Result<Json> EngineTool::check(const Json& args) const {
  Json given = args.is_null() || (args.is_array() && args.empty()) ? Json(Json::object()) : args;
  given = input_->with_defaults(std::move(given));
  const std::vector<SchemaError> errors = input_->check(given);
  if (!errors.empty()) {
    return Error{Errc::invalid, "the arguments do not fit " + spec_.name + ": " + describe(errors)};
  }
  return given;
}

awaitable<ToolOutcome> EngineTool::call(ToolRequest request, CallContext&) {
  ToolOutcome out;
  out.outcome = Outcome::not_started;
  out.message = request.tool + " is carried out by the run itself, not from here";
  out.label = kTrustedPrivate;
  co_return out;
}

awaitable<ProbeOutcome> EngineTool::probe(ToolRequest, CallContext&) { co_return ProbeOutcome{}; }

std::string agent_pattern(const std::string& tool_pattern) {
  if (!tool_pattern.starts_with(kPrefix)) return {};
  return tool_pattern.substr(kPrefix.size());
}

Result<std::unique_ptr<Tool>> tool_for_agent(const std::string& name, const Agent& agent) {
  ToolSpec spec;
  spec.name = std::string(kPrefix) + name;
  spec.agent = name;
  spec.origin = spec.name;
  spec.effect = Effect::read;  // what the agent does is asked about by itself
  spec.description =
      agent.spec().description.empty() ? "The agent " + name + "." : agent.spec().description;
  spec.output_schema = agent.spec().output_schema;
  spec.input_schema = options_of(agent).input_schema;
  if (spec.input_schema.is_null()) {
    spec.input_schema = Json{{"type", "object"},
                             {"properties",
                              {{"task",
                                {{"type", "string"},
                                 {"description",
                                  "What it is to do, with all it needs to "
                                  "know: it sees nothing else."}}}}},
                             {"required", Json::array({"task"})},
                             {"additionalProperties", false}};
  }
  std::unique_ptr<Tool> tool = engine_tool(std::move(spec));
  if (tool == nullptr) return Error{Errc::invalid, "agent '" + name + "': its input is no schema"};
  return tool;
}

Result<std::unique_ptr<Tool>> handoff_to(const std::string& name, const Agent& agent) {
  if (agent.spec().strategy == "workflow") {
    return Error{Errc::invalid, "handoff: '" + name +
                                    "' is a workflow, which takes no conversation: give it as a "
                                    "tool, agent:" +
                                    name};
  }
  ToolSpec spec;
  spec.name = std::string(kHandoffPrefix) + name;
  spec.agent = name;
  spec.origin = std::string(kPrefix) + name;
  spec.effect = Effect::read;  // what the other agent does is asked about by itself
  const std::string& about = agent.spec().description;
  spec.description = "Hands the conversation over to the agent " + name +
                     ", who is shown it and answers from here on." +
                     (about.empty() ? "" : " " + about);
  spec.input_schema =
      Json{{"type", "object"},
           {"properties",
            {{"note", {{"type", "string"}, {"description", "What it should know besides."}}}}},
           {"additionalProperties", false}};
  std::unique_ptr<Tool> tool = engine_tool(std::move(spec));
  if (tool == nullptr) return Error{Errc::invalid, "handoff: '" + name + "' cannot be offered"};
  return tool;
}

std::unique_ptr<Tool> tool_of_strategy(const Agent& agent) {
  ToolSpec spec;
  spec.origin = "strategy";
  spec.effect = Effect::read;
  if (agent.spec().strategy == "code") {
    spec.name = kCodeTool;
    spec.description = "Runs a Lua script that calls your functions; gives what it returns.";
    spec.input_schema = Json{{"type", "object"},
                             {"properties", {{"script", {{"type", "string"}}}}},
                             {"required", Json::array({"script"})},
                             {"additionalProperties", false}};
  } else if (agent.spec().strategy == "plan") {
    spec.name = kPlanTool;
    spec.description = "Proposes the steps of the task, which are then carried out.";
    spec.input_schema = plan_schema();
  } else {
    return nullptr;
  }
  return engine_tool(std::move(spec));
}

std::shared_ptr<const ToolSet> with_tools(std::shared_ptr<const ToolSet> base,
                                          std::vector<std::unique_ptr<Tool>> more) {
  if (more.empty()) return base;
  return std::make_shared<const MoreTools>(std::move(base), std::move(more));
}

}  // namespace yoke
