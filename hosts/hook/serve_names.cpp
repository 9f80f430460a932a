#include "hosts/hook/serve_names.h"

#include <algorithm>

#include "hosts/app/agent_names.h"
#include "hosts/hook/model_name.h"
#include "hosts/hook/talk.h"
#include "hosts/hook/visible.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

bool is_glob(std::string_view name) { return name.find_first_of("*?[") != std::string_view::npos; }

// Why no agent that runs here is of this name; empty: one is, or a glob that may match.
std::string wrong_agent(const std::vector<std::string>& agents, const std::string& name) {
  const bool wire = is_wire(name);
  const bool there = std::find(agents.begin(), agents.end(), name) != agents.end();
  if (wire || there || is_glob(name)) return {};
  return "no agent '" + printable(name) + "'" + did_you_mean(name, agents);
}

void check_webhooks(const Config& config, const std::vector<std::string>& agents,
                    std::vector<Error>& problems) {
  for (const auto& [name, webhook] : config.webhooks) {
    for (const std::string& agent : webhook.agents) {
      const std::string wrong = wrong_agent(agents, agent);
      if (wrong.empty()) continue;
      problems.push_back(Error{Errc::invalid, "webhooks." + name + ".agents: " + wrong,
                               place_in(config, webhook.line)});
    }
  }
}

void check_answers(const Config& config, const std::vector<std::string>& agents,
                   std::vector<Error>& problems) {
  for (const AnswersConfig& rule : config.serve.answers) {
    for (const std::string& agent : rule.agents) {
      const std::string wrong = wrong_agent(agents, agent);
      if (wrong.empty()) continue;
      problems.push_back(
          Error{Errc::invalid, "serve.answers.agents: " + wrong, place_in(config, rule.line)});
    }
  }
}

std::string wrong_target(App& app, const KnownModels& known, const std::string& target) {
  const bool workflow =
      target.starts_with("workflow/") && !app.config().backends.contains("workflow");
  if (workflow) {
    return "'" + printable(target) +
           "' is a workflow, which cannot be asked as a model: name agent/NAME, route/NAME or "
           "backend/model";
  }
  const Result<ModelName> found = find_model_name(known, target);
  return found ? std::string() : found.error().detail;
}

void check_models(App& app, std::vector<Error>& problems) {
  const Config& config = app.config();
  if (config.serve.models.empty()) return;
  KnownModels known = known_models(app);
  known.aliases.clear();
  for (const auto& [name, target] : config.serve.models) {
    const std::string wrong = wrong_target(app, known, target);
    if (wrong.empty()) continue;
    problems.push_back(Error{Errc::invalid, "serve.models." + printable(name) + ": " + wrong,
                             place_in(config, config.serve.line)});
  }
}

}  // namespace

std::vector<Error> serve_name_problems(App& app) {
  std::vector<Error> problems;
  const std::vector<std::string> agents = agent_names(app.config());
  check_webhooks(app.config(), agents, problems);
  check_answers(app.config(), agents, problems);
  check_models(app, problems);
  return problems;
}

}  // namespace yoke
