#pragma once

#include <functional>
#include <string>

#include "hosts/cli/options.h"

namespace CLI {
class App;
}

// How verbs are made known to the parser. A group of verbs has a function that adds it to `root`;
// each of its verbs fills in the options it was given and, when it is the one that was named, puts
// what is to be run into `chosen`. Everything outlives `root`.
namespace yoke {

struct ServeOptions;

CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& about,
                   const std::string& example, std::function<int()>& chosen,
                   std::function<int()> action);

// --yes and --deny.
void add_asking(CLI::App& app, WhenAsked& when_asked);

// yoke run, yoke repl; `host`: where the conversation is, when it is elsewhere.
void add_run(CLI::App& root, CommonOptions& common, RunOptions& o, std::string& host,
             std::function<int()>& chosen);
void add_runs(CLI::App& root, CommonOptions& common, RunsOptions& o, std::function<int()>& chosen);
void add_policy(CLI::App& root, CommonOptions& common, PolicyOptions& o,
                std::function<int()>& chosen);
void add_tools(CLI::App& root, CommonOptions& common, ToolsOptions& o,
               std::function<int()>& chosen);
void add_skills(CLI::App& root, CommonOptions& common, std::string& name,
                std::function<int()>& chosen);
void add_agents(CLI::App& root, CommonOptions& common, AgentsOptions& o,
                std::function<int()>& chosen);
void add_models(CLI::App& root, CommonOptions& common, ModelsOptions& o,
                std::function<int()>& chosen);
void add_serve(CLI::App& root, CommonOptions& common, ServeOptions& o,
               std::function<int()>& chosen);
void add_keys(CLI::App& root, CommonOptions& common, KeysOptions& o, std::function<int()>& chosen);
void add_schedules(CLI::App& root, CommonOptions& common, SchedulesOptions& o,
                   std::function<int()>& chosen);

}  // namespace yoke
