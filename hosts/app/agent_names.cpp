#include "hosts/app/agent_names.h"

#include <algorithm>
#include <filesystem>

#include "hosts/app/project.h"
#include "runtime/base/text.h"
#include "tools/script_files.h"

namespace yoke {
namespace {

constexpr const char* kAgentFolders[] = {"agents", "workflows"};

std::vector<std::string> agent_files(const Config& config) {
  std::vector<std::string> all;
  for (const char* folder : kAgentFolders) {
    const auto files = list_scripts(config.project_dir, folder);
    if (files) all.insert(all.end(), files->begin(), files->end());
  }
  return all;
}

// Their files' names, and what they call themselves: runs are listed, and counted, under that.
std::vector<std::string> all_names(Project& project, const Config& config) {
  std::vector<std::string> names = agent_names(config);
  for (const std::string& file : agent_files(config)) {
    const auto agent = project.read_agent(file);
    if (agent) names.push_back((*agent)->spec().name);
  }
  return names;
}

std::vector<Error> unknown_budgets(const Config& config, Project& project, bool near) {
  std::vector<Error> problems;
  std::vector<std::string> names;
  for (const BudgetConfig& budget : config.budgets) {
    if (budget.scope != "agent" || budget.name.empty()) continue;
    if (names.empty()) names = all_names(project, config);
    if (std::find(names.begin(), names.end(), budget.name) != names.end()) continue;
    const std::string meant = did_you_mean(budget.name, names);
    if (meant.empty() == near) continue;
    problems.push_back(Error{Errc::invalid,
                             "budgets.agents." + budget.name + ": no agent '" + budget.name + "'" +
                                 (near ? meant : " in this project: it bounds those elsewhere"),
                             place_in(config, budget.line)});
  }
  return problems;
}

}  // namespace

std::vector<std::string> agent_names(const Config& config) {
  std::vector<std::string> names;
  for (const std::string& file : agent_files(config)) {
    names.push_back(std::filesystem::path(file).stem().string());
  }
  return names;
}

std::vector<Error> misspelt_budgets(const Config& config, Project& project) {
  return unknown_budgets(config, project, true);
}

std::vector<Error> budgets_of_strangers(const Config& config, Project& project) {
  return unknown_budgets(config, project, false);
}

}  // namespace yoke
