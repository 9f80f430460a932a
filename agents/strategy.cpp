#include "agents/strategy.h"

#include "runtime/base/text.h"
#include "runtime/schema/schema.h"

namespace yoke {
namespace {

constexpr int kPlansMost = 20;

Error wrong_option(const std::string& what) { return Error{Errc::invalid, what}; }

Result<std::vector<std::string>> names_at(const Json& fields, const char* name) {
  std::vector<std::string> names;
  const Json& list = member_at(fields, name);
  if (list.is_null() || (list.is_object() && list.empty())) return names;
  const Error bad = wrong_option(std::string("'") + name + "' must be a list of names or patterns");
  if (!list.is_array()) return bad;
  for (const Json& each : list) {
    if (!each.is_string()) return bad;
    names.push_back(each.get<std::string>());
  }
  return names;
}

Result<void> read_plan_options(const Json& table, StrategyOptions& options) {
  if (table.is_null()) return {};
  if (!table.is_object()) return wrong_option("'plan' must be a table such as { approve = true }");
  for (const auto& [name, value] : table.items()) {
    if (name == "approve" && value.is_boolean()) {
      options.approve_plan = value.get<bool>();
    } else if (name == "most" && value.is_number_integer() && value.get<std::int64_t>() >= 1 &&
               value.get<std::int64_t>() <= kPlansMost) {
      options.plans_max = value.get<int>();
    } else {
      return wrong_option("plan." + name +
                          ": there are plan.approve (true or false) and plan.most (plans in a run, "
                          "1 to 20)");
    }
  }
  return {};
}

}  // namespace

Json to_json(const StrategyOptions& options) {
  Json out{{"input_schema", options.input_schema},
           {"agents", options.agents},
           {"tool_names", options.tool_names},
           {"agent_names", options.agent_names},
           {"handoff", options.handoff},
           {"approve_plan", options.approve_plan},
           {"plans_max", options.plans_max},
           {"plan", options.plan},
           {"script", options.script}};
  if (!options.reasoning_effort.empty()) out["reasoning_effort"] = options.reasoning_effort;
  return out;
}

Result<StrategyOptions> strategy_options_from_json(const Json& value) {
  StrategyOptions options;
  if (!value.is_object()) return options;  // of a run that an earlier version began
  options.input_schema = member_at(value, "input_schema");
  for (auto& [name, member] :
       {std::pair{"agents", &options.agents}, std::pair{"tool_names", &options.tool_names},
        std::pair{"agent_names", &options.agent_names}, std::pair{"handoff", &options.handoff}}) {
    Result<std::vector<std::string>> names = names_at(value, name);
    if (!names) return names.error();
    *member = std::move(*names);
  }
  options.approve_plan = bool_at(value, "approve_plan");
  options.plans_max = static_cast<int>(integer_at(value, "plans_max", options.plans_max));
  options.plan = member_at(value, "plan");
  options.script = member_at(value, "script");
  options.reasoning_effort = string_at(value, "reasoning_effort");
  return options;
}

Result<StrategyOptions> strategy_options_from(const Json& fields, bool is_workflow) {
  StrategyOptions options;
  if (fields.contains("input")) {
    Result<Json> schema = expand_shorthand(fields["input"]);
    if (!schema) return wrong_option("input: " + schema.error().detail);
    const Result<std::shared_ptr<const Schema>> compiled = Schema::compile(*schema);
    if (!compiled) return wrong_option("input: " + compiled.error().detail);
    options.input_schema = std::move(*schema);
  }
  if (is_workflow) {
    options.agents = {"*"};
    if (fields.contains("agents")) {
      Result<std::vector<std::string>> agents = names_at(fields, "agents");
      if (!agents) return agents.error();
      options.agents = std::move(*agents);
    }
    return options;
  }
  const Result<void> read = read_plan_options(member_at(fields, "plan"), options);
  if (!read) return read.error();
  Result<std::vector<std::string>> handoff = names_at(fields, "handoff");
  if (!handoff) return handoff.error();
  options.handoff = std::move(*handoff);
  if (!options.handoff.empty() && string_at(fields, "strategy", "loop") != "loop") {
    return wrong_option("'handoff' is for agents with strategy = \"loop\"");
  }
  if (fields.contains("plan") && string_at(fields, "strategy") != "plan") {
    return wrong_option("'plan' is for agents with strategy = \"plan\"");
  }
  return options;
}

StrategyOptions options_of(const Agent& agent) {
  const auto* defined = dynamic_cast<const DefinedAgent*>(&agent);
  return defined == nullptr ? StrategyOptions{} : defined->options();
}

Result<Json> fitting_input(const StrategyOptions& options, const Json& input,
                           const std::string& task) {
  Json given = input.is_object() ? input : Json(Json::object());
  if (!task.empty() && !given.contains("task")) {
    const Json& known = member_at(options.input_schema, "properties");
    if (!options.input_schema.is_null() && !known.contains("task")) {
      return Error{Errc::invalid,
                   "it takes no task in words; give its input: --input NAME=VALUE, or \"input\""};
    }
    given["task"] = task;
  }
  if (options.input_schema.is_null()) return given;
  const Result<std::shared_ptr<const Schema>> schema = Schema::compile(options.input_schema);
  if (!schema) return schema.error();
  given = (*schema)->with_defaults(std::move(given));
  const std::vector<SchemaError> errors = (*schema)->check(given);
  if (!errors.empty()) return Error{Errc::invalid, "the input does not fit: " + describe(errors)};
  return given;
}

}  // namespace yoke
