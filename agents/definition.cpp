#include "agents/definition.h"

#include <array>
#include <charconv>
#include <cmath>
#include <tuple>

#include "agents/code_agent.h"
#include "agents/loop_agent.h"
#include "agents/plan_agent.h"
#include "agents/workflow_agent.h"
#include "runtime/base/text.h"
#include "runtime/ports/durable_source.h"

namespace yoke {
namespace {

const std::vector<std::string> kFields = {"name",
                                          "description",
                                          "model",
                                          "instructions",
                                          "tools",
                                          "strategy",
                                          "output",
                                          "limits",
                                          "approve",
                                          "temperature",
                                          "output_tokens_max",
                                          "skills",
                                          "guards",
                                          "context",
                                          "input",
                                          "plan",
                                          "handoff",
                                          "recall"};
const std::vector<std::string> kWorkflowFields = {
    "name",  "description", "model",  "input",   "output",
    "tools", "agents",      "limits", "approve", "output_tokens_max"};
const std::vector<std::string> kLimits = {"steps",   "tokens",   "usd",  "seconds",
                                          "repeats", "children", "depth"};
constexpr int kChildrenMost = 1'000;
constexpr int kDepthMost = 20;

constexpr std::int64_t kOutputTokensMax = 1'000'000;
constexpr double kTemperatureMax = 2;

constexpr const char* kPlainInstructions =
    "You are a careful assistant. Use the tools you are given where they help; say plainly what "
    "you "
    "do not know.";

Error wrong(const std::string& what) { return Error{Errc::invalid, "agent: " + what}; }

Result<void> check_text(const Json& fields, const char* name, bool required) {
  const auto found = fields.find(name);
  if (found == fields.end()) {
    if (required) return wrong(std::string("'") + name + "' is missing");
    return {};
  }
  if (!found->is_string()) return wrong(std::string("'") + name + "' must be a string");
  return {};
}

Result<std::vector<std::string>> texts_at(const Json& fields, const char* name) {
  std::vector<std::string> texts;
  const Json& list = member_at(fields, name);
  if (list.is_null() || (list.is_object() && list.empty())) return texts;
  const Error bad = wrong(std::string("'") + name + "' must be a list of names or patterns");
  if (!list.is_array()) return bad;
  for (const Json& each : list) {
    if (!each.is_string()) return bad;
    texts.push_back(each.get<std::string>());
  }
  return texts;
}

struct LimitRow {
  std::string_view name;
  std::int64_t RunLimits::*member;
  std::int64_t most;
};
constexpr std::array kWholeLimits{
    LimitRow{"steps", &RunLimits::steps, kCountLimitMax},
    LimitRow{"tokens", &RunLimits::tokens, kCountLimitMax},
    LimitRow{"seconds", &RunLimits::seconds, kSecondsLimitMax},
    LimitRow{"repeats", &RunLimits::repeats, kCountLimitMax},
};

// The value as a whole number from `least` to `most`; none when it is no such number.
std::optional<std::int64_t> whole_between(double value, std::int64_t least, std::int64_t most) {
  const bool within =
      value >= static_cast<double>(least) && value <= static_cast<double>(most);  // no NaN is
  if (!within || value != std::floor(value)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

Result<void> set_usd(RunLimits& limits, double value) {
  const double most = static_cast<double>(kUsdLimitMax / kNanoPerUsd);
  const NanoUsd amount = value >= 0 && value <= most ? nano_from_double(value) : -1;
  if (amount < 0 || (amount == 0 && value > 0)) {
    return wrong("limits.usd must be dollars from 0.000000001 to " +
                 std::to_string(kUsdLimitMax / kNanoPerUsd) + ", or 0 for no limit");
  }
  limits.usd = amount;
  return {};
}

Result<void> set_limit(RunLimits& limits, const std::string& name, double value) {
  if (name == "usd") return set_usd(limits, value);
  for (const LimitRow& row : kWholeLimits) {
    if (row.name != name) continue;
    const std::optional<std::int64_t> whole = whole_between(value, 0, row.most);
    if (!whole) {
      return wrong("limits." + name + " must be a whole number from 1 to " +
                   std::to_string(row.most) + ", or 0 for no limit");
    }
    limits.*row.member = *whole;
    return {};
  }
  return wrong("limits." + name + " is no limit" + did_you_mean(name, kLimits));
}

// How the model is to answer; without a bound of its own an answer could cost more than reserved.
Result<void> read_sampling(const Json& fields, AgentSpec& spec) {
  const Json& tokens = member_at(fields, "output_tokens_max");
  if (!tokens.is_null()) {
    const double value = tokens.is_number() ? tokens.get<double>() : 0;
    const auto whole = whole_between(value, 1, kOutputTokensMax);
    if (!whole) {
      return wrong("'output_tokens_max' must be a whole number from 1 to " +
                   std::to_string(kOutputTokensMax));
    }
    spec.output_tokens_max = *whole;
  }
  const Json& temperature = member_at(fields, "temperature");
  if (temperature.is_null()) return {};
  const double value = temperature.is_number() ? temperature.get<double>() : -1;
  if (!(value >= 0 && value <= kTemperatureMax)) {
    return wrong("'temperature' must be a number from 0 to 2");
  }
  spec.temperature = value;
  return {};
}

Result<RunLimits> limits_at(const Json& fields) {
  RunLimits limits;
  const Json& table = member_at(fields, "limits");
  if (table.is_null()) return limits;
  if (!table.is_object()) return wrong("'limits' must be a table such as { steps = 20 }");
  for (const auto& [name, value] : table.items()) {
    if (!value.is_number()) return wrong("limits." + name + " must be a number");
    if (name == "children" || name == "depth") continue;  // of its family
    const Result<void> set = set_limit(limits, name, value.get<double>());
    if (!set) return set.error();
  }
  return limits;
}

// How many children a run of it has at once, and how deep they may lie.
Result<void> read_family_limits(const Json& table, AgentSpec& spec) {
  for (const auto& [name, most, member] :
       {std::tuple{"children", kChildrenMost, &AgentSpec::children_at_once},
        std::tuple{"depth", kDepthMost, &AgentSpec::depth_max}}) {
    const Json& value = member_at(table, name);
    if (value.is_null()) continue;
    const auto whole = value.is_number() ? whole_between(value.get<double>(), 1, most)
                                         : std::optional<std::int64_t>();
    if (!whole) {
      return wrong(std::string("limits.") + name + " must be a whole number from 1 to " +
                   std::to_string(most));
    }
    spec.*member = static_cast<int>(*whole);
  }
  return {};
}

Result<void> check_fields(const Json& fields, bool is_workflow) {
  const std::vector<std::string>& known = is_workflow ? kWorkflowFields : kFields;
  for (const auto& [name, value] : fields.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    return wrong("'" + name + "' is no field of " + (is_workflow ? "a workflow" : "an agent") +
                 did_you_mean(name, known));
  }
  return {};
}

Result<AgentSpec> spec_from_fields(const Json& fields, bool is_workflow) {
  if (Result<void> checked = check_fields(fields, is_workflow); !checked) return checked.error();
  for (const char* name : {"name", "description", "model", "instructions", "strategy"}) {
    const Result<void> text = check_text(fields, name, std::string_view(name) == "name");
    if (!text) return text.error();
  }
  AgentSpec spec;
  spec.name = string_at(fields, "name");
  spec.description = string_at(fields, "description");
  spec.model = string_at(fields, "model", "default");
  spec.instructions = string_at(fields, "instructions");
  spec.strategy = is_workflow ? "workflow" : string_at(fields, "strategy", "loop");
  Result<std::vector<std::string>> tools = texts_at(fields, "tools");
  if (!tools) return tools.error();
  spec.tools = std::move(*tools);
  if (is_workflow && !fields.contains("tools")) spec.tools = {"*"};
  Result<std::vector<std::string>> approve = texts_at(fields, "approve");
  if (!approve) return approve.error();
  spec.approve = std::move(*approve);
  const Result<RunLimits> limits = limits_at(fields);
  if (!limits) return limits.error();
  spec.limits = *limits;
  if (Result<void> read = read_family_limits(member_at(fields, "limits"), spec); !read) {
    return read.error();
  }
  if (fields.contains("output")) {
    Result<Json> schema = expand_shorthand(fields["output"]);
    if (!schema) return wrong("output: " + schema.error().detail);
    spec.output_schema = std::move(*schema);
  }
  const Result<void> sampling = read_sampling(fields, spec);
  if (!sampling) return sampling.error();
  return spec;
}

}  // namespace

Result<AgentSpec> agent_spec_from(const ScriptDefinition& definition, const ScriptSource& source) {
  const std::string place = source.name + ":" + std::to_string(definition.line);
  const bool is_workflow = definition.kind == "workflow";
  if (definition.kind != "agent" && !is_workflow) {
    return Error{Errc::invalid, "this file defines a " + definition.kind + ", not an agent", place};
  }
  const std::vector<std::string> runs = {"run"};
  if (is_workflow && definition.functions != runs) {
    return Error{Errc::invalid, "a workflow has one function: run = function(w, input) … end",
                 place};
  }
  Result<AgentSpec> spec = spec_from_fields(definition.fields, is_workflow);
  if (!spec) return Error{spec.error().code, spec.error().detail, place};
  return spec;
}

Result<std::shared_ptr<const Agent>> agent_from_script(const ScriptSource& source,
                                                       ScriptHost& scripts) {
  const Result<std::vector<ScriptDefinition>> definitions = scripts.define(source);
  if (!definitions) return definitions.error();
  if (definitions->size() != 1) {
    return Error{Errc::invalid,
                 "an agent's file returns exactly one agent { … }, or one workflow { … }",
                 source.name};
  }
  const ScriptDefinition& definition = definitions->front();
  const std::string place = source.name + ":" + std::to_string(definition.line);
  Result<AgentSpec> spec = agent_spec_from(definition, source);
  if (!spec) return spec.error();
  const bool is_workflow = definition.kind == "workflow";
  Result<StrategyOptions> options = strategy_options_from(definition.fields, is_workflow);
  if (!options) {
    const std::string detail = definition.kind + ": " + options.error().detail;
    return Error{options.error().code, detail, place};
  }
  if (is_workflow) {
    DurableSource script;
    script.script = source;
    options->script = to_json(script);
  }
  Result<std::shared_ptr<const Agent>> agent = make_agent(std::move(*spec), std::move(*options));
  if (!agent) return Error{agent.error().code, agent.error().detail, place};
  return agent;
}

Result<std::shared_ptr<const Agent>> plain_agent(const std::string& model, bool with_tools) {
  AgentSpec spec;
  spec.name = "plain";
  spec.description = "A plain agent with the project's tools.";
  spec.model = model;
  spec.instructions = kPlainInstructions;
  if (with_tools) spec.tools = {"*"};
  return make_agent(std::move(spec));
}

Result<std::shared_ptr<const Agent>> make_agent(AgentSpec spec, StrategyOptions options) {
  std::shared_ptr<const Schema> output;
  if (!spec.output_schema.is_null()) {
    Result<std::shared_ptr<const Schema>> compiled = Schema::compile(spec.output_schema);
    if (!compiled) return wrong("output: " + compiled.error().detail);
    output = std::move(*compiled);
  }
  std::shared_ptr<const Agent> agent;
  const std::string strategy = spec.strategy;
  if (strategy == "loop") {
    agent =
        std::make_shared<const LoopAgent>(std::move(spec), std::move(output), std::move(options));
  } else if (strategy == "plan") {
    agent = std::make_shared<const PlanAgent>(std::move(spec), std::move(options), output);
  } else if (strategy == "code") {
    agent = std::make_shared<const CodeAgent>(std::move(spec), std::move(options), output);
  } else if (strategy == "workflow" && !options.script.is_null()) {
    agent = std::make_shared<const WorkflowAgent>(std::move(spec), std::move(options), output);
  } else {
    return Error{Errc::unsupported, "agent '" + spec.name + "': the strategy '" + strategy +
                                        "' is not known here (there are: loop, plan, code)"};
  }
  return agent;
}

Json to_json(const AgentSpec& spec) {
  Json out{{"name", spec.name},
           {"description", spec.description},
           {"model", spec.model},
           {"instructions", spec.instructions},
           {"tools", spec.tools},
           {"approve", spec.approve},
           {"strategy", spec.strategy},
           {"output_schema", spec.output_schema},
           {"limits", to_json(spec.limits)},
           {"output_tokens_max", spec.output_tokens_max},
           {"children_at_once", spec.children_at_once},
           {"depth_max", spec.depth_max}};
  if (spec.temperature) out["temperature"] = *spec.temperature;
  return out;
}

Result<AgentSpec> agent_spec_from_json(const Json& value) {
  if (!value.is_object()) return wrong("is kept as no object");
  AgentSpec spec;
  spec.name = string_at(value, "name");
  spec.description = string_at(value, "description");
  spec.model = string_at(value, "model");
  spec.instructions = string_at(value, "instructions");
  spec.strategy = string_at(value, "strategy");
  for (const Json& each : member_at(value, "tools")) spec.tools.push_back(each.get<std::string>());
  for (const Json& each : member_at(value, "approve")) {
    spec.approve.push_back(each.get<std::string>());
  }
  spec.output_schema = member_at(value, "output_schema");
  spec.limits = limits_from_json(member_at(value, "limits"), RunLimits{});
  const auto few = [&value](const char* name, int usual) {
    return static_cast<int>(integer_at(value, name, usual));
  };
  spec.children_at_once = few("children_at_once", spec.children_at_once);
  spec.depth_max = few("depth_max", spec.depth_max);
  const Result<void> sampling = read_sampling(value, spec);
  if (!sampling) return sampling.error();
  return spec;
}

Result<RunLimits> parse_limits(const std::string& text, const RunLimits& defaults) {
  RunLimits limits = defaults;
  for (const std::string& each : split(text, ',')) {
    const std::size_t equals = each.find('=');
    double value = 0;
    const char* end = each.data() + each.size();
    const bool has_value = equals != std::string::npos && equals + 1 < each.size();
    const auto parsed = has_value ? std::from_chars(each.data() + equals + 1, end, value)
                                  : std::from_chars_result{end, std::errc::invalid_argument};
    if (parsed.ec != std::errc() || parsed.ptr != end) {
      return Error{Errc::invalid,
                   "'" + each + "' is no limit: write NAME=NUMBER, such as steps=20"};
    }
    const Result<void> set = set_limit(limits, each.substr(0, equals), value);
    if (!set) return set.error();
  }
  return limits;
}

}  // namespace yoke
