#include "agents/agent_extras.h"

namespace yoke {

Result<AgentExtras> agent_extras_from(const ScriptDefinition& definition,
                                      const ScriptSource& source) {
  const auto wrong = [&](const std::string& why) {
    return Error{Errc::invalid, "agent: " + why,
                 source.name + ":" + std::to_string(definition.line)};
  };
  AgentExtras extras;
  for (const auto& [name, to] :
       {std::pair{"skills", &extras.skills}, std::pair{"guards", &extras.guards}}) {
    const Json& list = member_at(definition.fields, name);
    if (list.is_null()) continue;
    const bool none = list.is_object() && list.empty();  // Lua's {}
    const Error bad = wrong(std::string("'") + name + "' must be a list of names");
    if (!none && !list.is_array()) return bad;
    to->clear();
    for (const Json& each : list) {
      if (!each.is_string()) return bad;
      to->push_back(each.get<std::string>());
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
