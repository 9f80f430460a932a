#include "agents/agent_extras.h"

#include <algorithm>

namespace yoke {
namespace {

constexpr int kRecallMost = 20;
constexpr int kRecallUsual = 5;

bool is_recall_scope(const Json& name) {
  return name == "session" || name == "user" || name == "agent" || name == "shared";
}

// Errors: invalid, the mend alone.
Result<Json> recall_settings(const Json& given) {
  const Error bad{Errc::invalid,
                  "'recall' must be true, or a table such as { most = 5, scopes = { \"user\" } }: "
                  "most from 1 to 20, scopes of session, user, agent, shared"};
  Json out{{"most", kRecallUsual}, {"scopes", Json::array({"session", "user", "agent", "shared"})}};
  if (given.is_null() || given == false) return Json(nullptr);
  if (given == true) return out;
  if (!given.is_object()) return bad;
  for (const auto& [name, value] : given.items()) {
    if (name == "most" && value.is_number_integer() && value >= 1 && value <= kRecallMost) {
      out["most"] = value;
    } else if (name == "scopes" && value.is_array() && !value.empty() &&
               std::all_of(value.begin(), value.end(), is_recall_scope)) {
      out["scopes"] = value;
    } else {
      return bad;
    }
  }
  return out;
}

}  // namespace

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
  Result<Json> recall = recall_settings(member_at(definition.fields, "recall"));
  if (!recall) return wrong(recall.error().detail);
  extras.recall = std::move(*recall);
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
