#include <algorithm>

#include "hosts/app/app.h"
#include "hosts/app/context_window.h"
#include "hosts/app/project.h"
#include "hosts/config/tenant_name.h"
#include "hosts/hook/api/api_context.h"
#include "runtime/base/text.h"
#include "tools/lua_tools.h"

// POST /v1/reload: tools, plugins and grants as they are in the files now.
// GET /v1/agents, /v1/tools and /v1/context: what there is, and nothing of what it holds: no
// secret's name, no file, no permission.
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

// Which model would be asked: the one that is named, else the agent's own. Errors: not_found, also
// for what this one may not use.
Result<std::string> model_asked(const ApiContext& api, const Principal& who,
                                const std::string& agent, const std::string& model) {
  App& app = api.services.app;
  const auto no_agent = [&] {
    return Error{Errc::not_found, "there is no agent '" + printable(agent) + "' here"};
  };
  if (!agent.empty() && !may_use_agent(who, agent)) return no_agent();
  if (!model.empty() && !may_use_model(who, model)) {
    return Error{Errc::not_found, "there is no model '" + printable(model) + "' here"};
  }
  if (!model.empty()) return model;
  if (api.place == ApiPlace::network) {  // names alone: a path would reach out of the project
    const std::vector<AgentListing> agents = app.project().agents();
    const bool known = std::any_of(agents.begin(), agents.end(), [&agent](const auto& each) {
      return each.name == agent && each.problem.empty();
    });
    if (!known) return no_agent();
  }
  const Result<Program> program = app.choose(ProgramChoice{agent, agent.empty(), ""});
  if (!program) return Error{Errc::not_found, program.error().message()};
  return program->agent->spec().model;
}

awaitable<HttpReply> context(ApiRef api, AskedOf asked) {
  const Result<std::string> model = model_asked(
      *api, asked.call.who, string_at(asked.query, "agent"), string_at(asked.query, "model"));
  if (!model) co_return problem(refusal_of(model.error()));
  const App& app = api->services.app;
  Json body{{"model", *model}};
  const std::int64_t window = window_of(app.config(), api->services.app.models(), *model);
  if (window > 0) body["context_window"] = window;
  co_return json_reply(200, body);
}

// The project is the operator's, whatever tenants share it.
awaitable<HttpReply> read_anew(ApiRef api, AskedOf asked) {
  const Principal& who = asked.call.who;
  if (who.tenant != kLocalTenant) {
    co_return problem(refusal_with(
        403, "denied", who.name + " may not do this: the project is of the tenant 'local'"));
  }
  Project& project = api->services.app.project();
  project.read_anew();
  Json body{{"tools", project.tools().names().size()}, {"problems", Json::array()}};
  for (const Error& problem : project.problems()) body["problems"].push_back(problem.message());
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
  Operation of_context("showContext", "project", "Which model would be asked, and what it takes");
  const Json name{{"type", "string"}, {"maxLength", 1024}};
  of_context.query("agent", name, "Its name; without one, a plain agent.")
      .query("model", name, "A route or \"backend/model\", in place of the agent's own.")
      .answers(200, "Context", "The model, and how many tokens a request to it may have.")
      .fails({404});
  endpoints.push_back(api_endpoint(api, {"GET", "/v1/context", Scope::read}, of_context, context));
  Operation of_reload("reload", "project", "Read tools, plugins and grants anew");
  of_reload
      .says(
          "As the project's files are now; agents are read whenever a run begins. Runs that are "
          "under way keep the tools they began with. Settings are read when the host starts.")
      .answers(200, "Reloaded", "What there is now.");
  endpoints.push_back(
      api_endpoint(api, {"POST", "/v1/reload", Scope::manage}, of_reload, read_anew));
}

}  // namespace yoke
