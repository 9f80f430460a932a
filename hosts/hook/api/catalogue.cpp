#include "hosts/app/project.h"
#include "hosts/hook/api/api_context.h"
#include "tools/lua_tools.h"

// GET /v1/agents and /v1/tools: what there is, and nothing of what it holds: no secret's name, no
// file, no permission.
namespace yoke {
namespace {

awaitable<HttpReply> agents(ApiRef api, AskedOf asked) {
  Json body{{"agents", Json::array()}};
  for (const AgentListing& agent : api->services.app.project().agents()) {
    if (!may_use_agent(asked.call.who, agent.name)) continue;
    Json& row = body["agents"].emplace_back(Json{{"name", agent.name},
                                                 {"description", agent.description},
                                                 {"usable", agent.problem.empty()}});
    if (!agent.problem.empty()) row["problem"] = agent.problem;
  }
  co_return json_reply(200, body);
}

awaitable<HttpReply> tools(ApiRef api, AskedOf) {
  ToolRegistry& registry = api->services.app.project().tools();
  Json body{{"tools", Json::array()}};
  for (const ToolSpec* spec : registry.list()) {
    const auto* script = dynamic_cast<const LuaTool*>(registry.find(spec->name));
    Json& row =
        body["tools"].emplace_back(Json{{"name", spec->name},
                                        {"description", spec->description},
                                        {"effect", name_of(spec->effect)},
                                        {"timeout_ms", spec->timeout.count()},
                                        {"granted", script == nullptr || script->grant().granted},
                                        {"input_schema", spec->input_schema}});
    if (spec->output_schema.is_object()) row["output_schema"] = spec->output_schema;
  }
  co_return json_reply(200, body);
}

}  // namespace

void add_catalogue_endpoints(const ApiRef& api, Endpoints& endpoints) {
  Operation of_agents("listAgents", "project", "List the agents that can be started");
  of_agents.answers(200, "AgentList", "Those that the key may start.");
  endpoints.push_back(api_endpoint(api, {"GET", "/v1/agents", Scope::read}, of_agents, agents));
  Operation of_tools("listTools", "project", "List the tools that agents may have");
  of_tools.answers(200, "ToolList", "All of them.");
  endpoints.push_back(api_endpoint(api, {"GET", "/v1/tools", Scope::read}, of_tools, tools));
}

}  // namespace yoke
