#include "hosts/app/project.h"

#include <algorithm>
#include <filesystem>

#include "agents/definition.h"
#include "runtime/base/text.h"
#include "tools/script_files.h"
#include "tools/tool_bundle.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAgentsFolder = "agents";

std::string stem_of(const std::string& file) { return fs::path(file).stem().string(); }

}  // namespace

Project::Project(const Config& config, ScriptHost& scripts, Grants grants)
    : config_(config),
      scripts_(scripts),
      grants_(std::move(grants)),
      services_{scripts, [this](const ToolSpec& spec, ScriptOrigin origin) {
                  return grants_.decide(spec, origin);
                }} {
  LoadedTools loaded =
      load_lua_tools(services_, config_.project_dir, config_.tool_paths, ScriptOrigin::own);
  problems_ = std::move(loaded.errors);
  for (std::unique_ptr<LuaTool>& tool : loaded.tools) {
    const std::string name = tool->spec().name;
    const Result<void> added = registry_.add(std::move(tool));
    if (added) continue;
    problems_.push_back(added.error());
    doubles_.emplace(name, added.error());
  }
}

Project::~Project() = default;

Result<std::shared_ptr<const Agent>> Project::read_agent(const std::string& file) {
  Result<ScriptSource> source = read_script(config_.project_dir, file);
  if (!source) return source.error();
  return agent_from_script(*source, scripts_);
}

std::vector<AgentListing> Project::agents() {
  std::vector<AgentListing> listings;
  const Result<std::vector<std::string>> files = list_scripts(config_.project_dir, kAgentsFolder);
  if (!files) return listings;
  for (const std::string& file : *files) {
    AgentListing& listing = listings.emplace_back();
    listing.name = stem_of(file);
    listing.file = file;
    const Result<std::shared_ptr<const Agent>> agent = read_agent(file);
    if (!agent) {
      listing.problem = agent.error().message();
      continue;
    }
    listing.description = (*agent)->spec().description;
    const Result<std::unique_ptr<ToolSet>> tools = registry_.select((*agent)->spec().tools);
    if (!tools) listing.problem = tools.error().message();
  }
  return listings;
}

Result<std::string> Project::find_agent(const std::string& agent) const {
  std::error_code ignored;
  if (agent.ends_with(".json")) {
    return Error{Errc::unsupported,
                 agent + ": declarative agents are not run by this version; it runs Lua agents"};
  }
  if (agent.ends_with(".lua")) {
    if (fs::is_regular_file(agent, ignored)) return fs::absolute(agent).lexically_normal().string();
    return Error{Errc::invalid, "no agent file " + agent};
  }
  const Result<std::vector<std::string>> files = list_scripts(config_.project_dir, kAgentsFolder);
  std::vector<std::string> names;
  if (files) {
    for (const std::string& file : *files) names.push_back(stem_of(file));
  }
  if (fs::is_directory(agent, ignored)) {
    if (names.size() == 1) return files->front();
    return Error{Errc::invalid, agent + " has " + std::to_string(names.size()) +
                                    " agents; name one: " + join(names, ", ")};
  }
  const auto found = std::find(names.begin(), names.end(), agent);
  if (found != names.end()) return (*files)[static_cast<std::size_t>(found - names.begin())];
  const std::string there = names.empty() ? "; " + config_.project_dir + "/agents holds none" : "";
  return Error{Errc::invalid, "no agent '" + agent + "'" + did_you_mean(agent, names) + there};
}

Result<Program> Project::program_of(std::shared_ptr<const Agent> agent) {
  Result<std::unique_ptr<ToolSet>> tools = registry_.select(agent->spec().tools);
  if (!tools) {
    std::string detail = "agent '" + agent->spec().name + "': " + tools.error().detail;
    for (const Error& problem : problems_) detail += "; not loaded: " + problem.message();
    return Error{Errc::invalid, detail};
  }
  for (const ToolSpec* tool : (*tools)->list()) {
    const auto twice = doubles_.find(tool->name);
    if (twice != doubles_.end()) return Error{Errc::invalid, twice->second.message()};
  }
  Program program;
  program.source = Json{{"agent", to_json(agent->spec())}, {"tools", bundle(**tools)}};
  program.agent = std::move(agent);
  program.tools = std::move(*tools);
  return program;
}

Result<Program> Project::program(const std::string& agent) {
  const Result<std::string> file = find_agent(agent);
  if (!file) return file.error();
  Result<std::shared_ptr<const Agent>> read = read_agent(*file);
  if (!read) return Error{Errc::invalid, read.error().detail, read.error().place};
  return program_of(std::move(*read));
}

Result<Program> Project::plain_program(const std::string& model) {
  Result<std::shared_ptr<const Agent>> agent =
      yoke::plain_agent(model.empty() ? "default" : model, !registry_.names().empty());
  if (!agent) return agent.error();
  return program_of(std::move(*agent));
}

LoadedTools Project::check_tool_file(const std::string& file) {
  const std::string path = fs::absolute(file).lexically_normal().string();
  return load_lua_file(services_, config_.project_dir, path, ScriptOrigin::own);
}

std::vector<Ungranted> Project::ungranted(const ToolSet& tools) const {
  std::vector<Ungranted> waiting;
  for (const ToolSpec* spec : tools.list()) {
    const auto* tool = dynamic_cast<const LuaTool*>(tools.find(spec->name));
    if (tool == nullptr) continue;
    GrantDecision decision = tool->grant();
    if (!decision.granted) waiting.push_back(Ungranted{spec, std::move(decision)});
  }
  return waiting;
}

awaitable<Result<Program>> Project::restore(Json source) {
  Result<AgentSpec> spec = agent_spec_from_json(member_at(source, "agent"));
  if (!spec) co_return spec.error();
  Result<std::shared_ptr<const Agent>> agent = make_agent(std::move(*spec));
  if (!agent) co_return agent.error();
  Result<std::unique_ptr<ToolSet>> tools =
      yoke::restore(member_at(source, "tools"), services_, &registry_);
  if (!tools) co_return tools.error();
  Program program;
  program.agent = std::move(*agent);
  program.tools = std::move(*tools);
  program.source = std::move(source);
  co_return program;
}

}  // namespace yoke
