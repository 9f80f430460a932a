#include "agents/agent_extras.h"

namespace yoke {

Result<AgentExtras> agent_extras_from(const ScriptDefinition& definition,
                                      const ScriptSource& source) {
  const auto wrong = [&](const std::string& why) {
    return Error{Errc::invalid, "agent: " + why,
                 source.name + ":" + std::to_string(definition.line)};
  };
  AgentExtras extras;
  const Json& skills = member_at(definition.fields, "skills");
  if (!skills.is_null()) {
    const bool none = skills.is_object() && skills.empty();  // Lua's {}
    if (!none && !skills.is_array()) return wrong("'skills' must be a list of names or patterns");
    extras.skills.clear();
    for (const Json& each : skills) {
      if (!each.is_string()) return wrong("'skills' must be a list of names or patterns");
      extras.skills.push_back(each.get<std::string>());
    }
  }
  const Json& context = member_at(definition.fields, "context");
  if (!context.is_null()) {
    if (!context.is_boolean()) return wrong("'context' must be true or false");
    extras.context = context.get<bool>();
  }
  return extras;
}

Result<AgentExtras> agent_extras_of(const ScriptSource& source, ScriptHost& scripts) {
  const Result<std::vector<ScriptDefinition>> definitions = scripts.define(source);
  if (!definitions) return definitions.error();
  if (definitions->size() != 1) {
    return Error{Errc::invalid, "an agent's file returns exactly one agent { … }", source.name};
  }
  return agent_extras_from(definitions->front(), source);
}

}  // namespace yoke
