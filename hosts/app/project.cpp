#include "hosts/app/project.h"

#include <algorithm>
#include <filesystem>

#include "agents/agent_extras.h"
#include "agents/definition.h"
#include "agents/one_call.h"
#include "hosts/app/context_files.h"
#include "hosts/app/run_additions.h"
#include "runtime/base/text.h"
#include "tools/script_files.h"
#include "tools/tool_bundle.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAgentsFolder = "agents";

std::string stem_of(const std::string& file) { return fs::path(file).stem().string(); }

bool lies_in(const fs::path& file, const fs::path& folder) {
  const std::string inner = file.lexically_normal().lexically_relative(folder.lexically_normal());
  return !inner.empty() && inner != ".." && !inner.starts_with("../");
}

bool is_strangers(const Config& config, const std::string& file) {
  const fs::path project = config.project_dir;
  return std::any_of(
      config.third_party.begin(), config.third_party.end(),
      [&](const std::string& folder) { return lies_in(project / file, project / folder); });
}

void list_into(const Config& config, const std::string& path, std::vector<std::string>& files,
               std::vector<Error>& problems) {
  const Result<std::vector<std::string>> listed = list_scripts(config.project_dir, path);
  if (listed) {
    files.insert(files.end(), listed->begin(), listed->end());
  } else {
    problems.push_back(listed.error());
  }
}

std::vector<std::string> own_scripts(const Config& config, std::vector<Error>& problems) {
  std::vector<std::string> files;
  for (const std::string& path : config.tool_paths) list_into(config, path, files, problems);
  std::erase_if(files, [&](const std::string& file) { return is_strangers(config, file); });
  return files;
}

// Those right in the folders, and in each folder there: what was added as a folder stays together.
std::vector<std::string> strangers_scripts(const Config& config, std::vector<Error>& problems) {
  std::vector<std::string> files;
  for (const std::string& folder : config.third_party) {
    list_into(config, folder, files, problems);
    std::vector<std::string> inner;
    std::error_code none;
    for (const auto& item : fs::directory_iterator(fs::path(config.project_dir) / folder, none)) {
      const std::string name = item.path().filename().string();
      const bool package = item.is_directory(none) && name != "lib" && !name.starts_with(".");
      if (package) inner.push_back((fs::path(folder) / name).generic_string());
    }
    std::sort(inner.begin(), inner.end());
    for (const std::string& each : inner) list_into(config, each, files, problems);
  }
  return files;
}

}  // namespace

Project::Project(const Config& config, ScriptHost& scripts, Grants grants, Narrowing narrowing)
    : config_(config),
      scripts_(scripts),
      grants_(std::move(grants)),
      services_{scripts, [this](const ToolSpec& spec, ScriptOrigin origin) {
                  return grants_.decide(spec, origin);
                }} {
  services_.narrowing = std::move(narrowing);
  services_.modules.emplace_back("memory");
  // The project's own first: a stranger's tool that has the name of one is the one refused.
  load(own_scripts(config_, problems_), ScriptOrigin::own);
  load(strangers_scripts(config_, problems_), ScriptOrigin::stranger);
  add_bundled();
}

void Project::load(const std::vector<std::string>& files, ScriptOrigin origin) {
  LoadedTools loaded = load_lua_tools(services_, config_.project_dir, files, origin);
  problems_.insert(problems_.end(), loaded.errors.begin(), loaded.errors.end());
  for (std::unique_ptr<LuaTool>& tool : loaded.tools) add_tool(std::move(tool), "");
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
  Result<ScriptSource> source = read_script(config_.project_dir, *file);
  if (!source) return Error{Errc::invalid, source.error().detail, source.error().place};
  Result<std::shared_ptr<const Agent>> read = agent_from_script(*source, scripts_);
  if (!read) return Error{Errc::invalid, read.error().detail, read.error().place};
  const Result<AgentExtras> extras = agent_extras_of(*source, scripts_);
  if (!extras) return Error{Errc::invalid, extras.error().detail, extras.error().place};
  Result<Program> program = program_of(std::move(*read));
  if (!program) return program;
  return completed(std::move(*program), *extras);
}

Result<Program> Project::plain_program(const std::string& model) {
  Result<std::shared_ptr<const Agent>> agent =
      yoke::plain_agent(model.empty() ? "default" : model, !registry_.names().empty());
  if (!agent) return agent.error();
  Result<Program> program = program_of(std::move(*agent));
  if (!program) return program;
  return completed(std::move(*program), AgentExtras{});
}

Result<Program> Project::completed(Program program, const AgentExtras& extras) const {
  Result<Program> shown = in_context(std::move(program), extras, config_);
  if (!shown || additions_ == nullptr) return shown;
  return additions_->add(std::move(*shown), extras);
}

LoadedTools Project::check_tool_file(const std::string& file) {
  const std::string path = fs::absolute(file).lexically_normal().string();
  return load_lua_file(services_, config_.project_dir, path, origin_of(file));
}

ScriptOrigin Project::origin_of(const std::string& file) const {
  const std::string path = fs::absolute(file).lexically_normal().string();
  const bool theirs = is_strangers(config_, path) || !lies_in(path, config_.project_dir);
  return theirs ? ScriptOrigin::stranger : ScriptOrigin::own;
}

std::vector<std::string> Project::tool_files() const {
  std::vector<Error> told;  // by problems()
  std::vector<std::string> files = own_scripts(config_, told);
  const std::vector<std::string> theirs = strangers_scripts(config_, told);
  files.insert(files.end(), theirs.begin(), theirs.end());
  return files;
}

std::vector<Error> Project::narrowing_problems() const {
  const std::vector<std::string> names = registry_.names();
  return services_.narrowing.check(names);
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
  if (is_one_call(source)) co_return restore_one_call(std::move(source));
  Result<AgentSpec> spec = agent_spec_from_json(member_at(source, "agent"));
  if (!spec) co_return spec.error();
  Result<std::shared_ptr<const Agent>> agent = make_agent(std::move(*spec));
  if (!agent) co_return agent.error();
  Result<std::unique_ptr<ToolSet>> tools =
      yoke::restore(member_at(source, "tools"), services_, &registry_);
  if (!tools) co_return tools.error();
  Result<std::shared_ptr<const ToolSet>> all = with_kept_skills(std::move(*tools), source);
  if (all && additions_ != nullptr) all = additions_->kept(std::move(*all), source);
  if (!all) co_return all.error();
  Program program;
  program.agent = std::move(*agent);
  program.tools = std::move(*all);
  program.source = std::move(source);
  co_return program;
}

}  // namespace yoke
