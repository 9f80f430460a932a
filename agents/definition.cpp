#include "agents/definition.h"

#include <array>
#include <charconv>
#include <cmath>

#include "agents/loop_agent.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

const std::vector<std::string> kFields = {
    "name",   "description", "model",       "instructions",      "tools",  "strategy", "output",
    "limits", "approve",     "temperature", "output_tokens_max", "skills", "guards",   "context"};
const std::vector<std::string> kLimits = {"steps", "tokens", "usd", "seconds", "repeats"};

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
    const Result<void> set = set_limit(limits, name, value.get<double>());
    if (!set) return set.error();
  }
  return limits;
}

Result<AgentSpec> spec_from_fields(const Json& fields) {
  for (const auto& [name, value] : fields.items()) {
    const bool known = std::find(kFields.begin(), kFields.end(), name) != kFields.end();
    if (!known)
      return wrong("'" + name + "' is no field of an agent" + did_you_mean(name, kFields));
  }
  for (const char* name : {"name", "description", "model", "instructions", "strategy"}) {
    const Result<void> text = check_text(fields, name, std::string_view(name) == "name");
    if (!text) return text.error();
  }
  AgentSpec spec;
  spec.name = string_at(fields, "name");
  spec.description = string_at(fields, "description");
  spec.model = string_at(fields, "model", "default");
  spec.instructions = string_at(fields, "instructions");
  spec.strategy = string_at(fields, "strategy", "loop");
  Result<std::vector<std::string>> tools = texts_at(fields, "tools");
  if (!tools) return tools.error();
  spec.tools = std::move(*tools);
  Result<std::vector<std::string>> approve = texts_at(fields, "approve");
  if (!approve) return approve.error();
  spec.approve = std::move(*approve);
  const Result<RunLimits> limits = limits_at(fields);
  if (!limits) return limits.error();
  spec.limits = *limits;
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
  if (definition.kind != "agent") {
    return Error{Errc::invalid, "this file defines a " + definition.kind + ", not an agent", place};
  }
  Result<AgentSpec> spec = spec_from_fields(definition.fields);
  if (!spec) return Error{spec.error().code, spec.error().detail, place};
  return spec;
}

Result<std::shared_ptr<const Agent>> agent_from_script(const ScriptSource& source,
                                                       ScriptHost& scripts) {
  const Result<std::vector<ScriptDefinition>> definitions = scripts.define(source);
  if (!definitions) return definitions.error();
  if (definitions->size() != 1) {
    return Error{Errc::invalid, "an agent's file returns exactly one agent { … }", source.name};
  }
  Result<AgentSpec> spec = agent_spec_from(definitions->front(), source);
  if (!spec) return spec.error();
  Result<std::shared_ptr<const Agent>> agent = make_agent(std::move(*spec));
  if (!agent) {
    const std::string place = source.name + ":" + std::to_string(definitions->front().line);
    return Error{agent.error().code, agent.error().detail, place};
  }
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

Result<std::shared_ptr<const Agent>> make_agent(AgentSpec spec) {
  if (spec.strategy != "loop") {
    return Error{Errc::unsupported, "agent '" + spec.name + "': the strategy '" + spec.strategy +
                                        "' is not known here (there is: loop)"};
  }
  std::shared_ptr<const Schema> output;
  if (!spec.output_schema.is_null()) {
    Result<std::shared_ptr<const Schema>> compiled = Schema::compile(spec.output_schema);
    if (!compiled) return wrong("output: " + compiled.error().detail);
    output = std::move(*compiled);
  }
  return std::shared_ptr<const Agent>(
      std::make_shared<const LoopAgent>(std::move(spec), std::move(output)));
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
           {"output_tokens_max", spec.output_tokens_max}};
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
