#include "hosts/app/project.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "agents/agent_extras.h"
#include "agents/definition.h"
#include "agents/one_call.h"
#include "hosts/app/agent_package.h"
#include "hosts/app/context_files.h"
#include "hosts/app/run_additions.h"
#include "runtime/base/text.h"
#include "tools/script_files.h"
#include "tools/tool_bundle.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

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

Project::Project(const Config& config, ScriptHost& scripts, Grants grants, Narrowing narrowing,
                 DurableScripts* durable)
    : config_(config),
      scripts_(scripts),
      grants_(std::move(grants)),
      services_{scripts, [this](const ToolSpec& spec,
                                ScriptOrigin origin) { return grants_.decide(spec, origin); }},
      durable_(durable) {
  services_.narrowing = std::move(narrowing);
  services_.modules.emplace_back("memory");
  load_scripts();
}

void Project::load_scripts() {
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
  if (is_package_file(file)) {
    Result<std::shared_ptr<const AgentPackage>> opened = package(file);
    if (!opened) return opened.error();
    return agent_of_package(**opened);
  }
  Result<ScriptSource> source = agent_source(file);
  if (!source) return source.error();
  return agent_from_script(*source, scripts_);
}

// What lies outside the project is a stranger's, as with tools.
Result<ScriptSource> Project::agent_source(const std::string& file) const {
  Result<ScriptSource> source = read_script(config_.project_dir, file);
  const fs::path path = fs::path(config_.project_dir) / file;
  if (source && !lies_in(path, config_.project_dir)) source->origin = ScriptOrigin::stranger;
  return source;
}

Result<Program> Project::program_of(std::shared_ptr<const Agent> agent) {
  Result<std::unique_ptr<ToolSet>> tools = select(*agent);
  if (!tools) {
    std::string detail = "agent '" + agent->spec().name + "': " + tools.error().detail;
    for (const Error& problem : problems_) detail += "; not loaded: " + problem.message();
    return Error{Errc::invalid, detail};
  }
  for (const ToolSpec* tool : (*tools)->list()) {
    const auto twice = doubles_.find(tool->name);
    if (twice != doubles_.end()) return Error{Errc::invalid, twice->second.message()};
  }
  Result<std::shared_ptr<const Agent>> told = with_plugin_words(std::move(agent), **tools);
  if (!told) return told.error();
  agent = std::move(*told);
  Program program;
  program.source = Json{{"agent", to_json(agent->spec())}, {"tools", bundle(**tools)}};
  program.agent = std::move(agent);
  program.tools = std::move(*tools);
  return program;
}

Result<Program> Project::read_program(const std::string& file, AgentExtras& extras) {
  if (is_package_file(file)) return program_of_package(file);
  Result<ScriptSource> source = agent_source(file);
  if (!source) return Error{Errc::invalid, source.error().detail, source.error().place};
  Result<std::shared_ptr<const Agent>> read = agent_from_script(*source, scripts_);
  if (!read) return Error{Errc::invalid, read.error().detail, read.error().place};
  Result<AgentExtras> said = agent_extras_of(*source, scripts_);
  if (!said) return Error{Errc::invalid, said.error().detail, said.error().place};
  extras = std::move(*said);
  const bool asks_models = (*read)->spec().strategy != "workflow";
  Result<Program> program = program_of(std::move(*read));
  if (!program || !asks_models) return program;
  return in_context(std::move(*program), extras, config_);
}

Result<Program> Project::plain_program(const std::string& model) {
  Result<std::shared_ptr<const Agent>> agent =
      yoke::plain_agent(model.empty() ? "default" : model, !registry_.names().empty());
  if (!agent) return agent.error();
  Result<Program> program = program_of(std::move(*agent));
  if (!program) return program;
  program = in_context(std::move(*program), AgentExtras{}, config_);
  if (!program) return program;
  return with_family(std::move(*program), "", AgentExtras{});
}

Result<Program> Project::with_additions(Program program, const AgentExtras& extras) const {
  if (additions_ == nullptr) return program;
  return additions_->add(std::move(program), extras);
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

std::vector<Ungranted> Project::ungranted(const Program& program) const {
  std::vector<Ungranted> waiting = ungranted(*program.tools);
  std::set<std::string> seen;
  for (const Ungranted& each : waiting) seen.insert(each.spec->name);
  for (const Json& member : member_at(program.source, "family")) {
    for (const Json& kept : member_at(member_at(member, "tools"), "tools")) {
      const std::string name = string_at(kept, "name");
      const auto* tool = dynamic_cast<const LuaTool*>(registry_.find(name));
      if (tool == nullptr || !seen.insert(name).second) continue;
      GrantDecision decision = tool->grant();
      if (!decision.granted) waiting.push_back(Ungranted{&tool->spec(), std::move(decision)});
    }
  }
  return waiting;
}

}  // namespace yoke
