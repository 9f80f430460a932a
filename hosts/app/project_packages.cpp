#include <algorithm>
#include <filesystem>

#include "agents/declarative/declarative_program.h"
#include "agents/definition.h"
#include "hosts/app/agent_package.h"
#include "hosts/app/context_files.h"
#include "hosts/app/mcp_servers.h"
#include "hosts/app/plugin_loader.h"
#include "hosts/app/project.h"
#include "hosts/config/read_file.h"
#include "runtime/base/text.h"
#include "tools/script_files.h"
#include "tools/tool_bundle.h"

// Plugins of a project, and agents that come as packages.
namespace yoke {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPackagesFolder = "agents";

// "agents/desk.json" is "desk", "agents/desk/declarativeAgent.json" too.
std::string name_of_package(const fs::path& file) { return file.stem().string(); }

std::string whole_path(const Config& config, const std::string& file) {
  return (fs::path(config.project_dir) / file).lexically_normal().string();
}

// Another JSON file may lie among the agents.
bool is_agent_json(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text) return true;  // and told why it cannot be used
  const Result<Json> document = parse_json(without_bom(*text));
  return !document || is_declarative_agent(*document);
}

// Two sets as one, for looking up what a kept bundle names.
class BothSets final : public ToolSet {
 public:
  BothSets(const ToolSet& first, const ToolSet& second) : first_(first), second_(second) {}
  Tool* find(std::string_view name) const override {
    Tool* tool = first_.find(name);
    return tool != nullptr ? tool : second_.find(name);
  }
  std::vector<const ToolSpec*> list() const override { return first_.list(); }

 private:
  const ToolSet& first_;
  const ToolSet& second_;
};

}  // namespace

void Project::use_plugins(const PluginLoader& loader) {
  loader_ = &loader;
  const Result<std::vector<PluginConfig>> sections = plugins_config_of(config_);
  if (!sections) {
    add_problem(sections.error());
    return;
  }
  for (const PluginConfig& section : *sections) load_section(loader, section);
}

void Project::read_anew() {
  before_.push_back(std::exchange(registry_, ToolRegistry()));
  problems_.clear();
  notes_.clear();
  doubles_.clear();
  plugins_.clear();
  Result<Grants> granted = Grants::open(config_.project_dir + "/yoke.lock");
  if (granted) {
    grants_ = std::move(*granted);
  } else {
    add_problem(granted.error());
  }
  load_scripts();
  if (loader_ == nullptr) return;
  loader_->servers().add_to(*this);
  use_plugins(*loader_);
}

void Project::load_section(const PluginLoader& loader, const PluginConfig& section) {
  PluginListing& listing = plugins_.emplace_back();
  listing.name = section.name;
  listing.path = section.path;
  listing.line = section.line;
  listing.enabled = section.enabled;
  if (!section.enabled) return;
  const auto refuse = [&](Error error) {
    listing.problem = error.detail;
    add_problem(std::move(error));
  };
  const std::string pinned = grants_.pin_of("plugins", section.name);
  if (!pinned.empty()) {
    const Result<std::string> hash = package_hash_of(whole_path(config_, section.path));
    if (!hash || *hash != pinned) {
      refuse(Error{Errc::denied,
                   "plugin '" + section.name +
                       "' has changed since it was added: look at it with 'yoke plugins check " +
                       section.path + "', and take it anew with 'yoke plugins add --force'",
                   place_in(config_, section.line)});
      return;
    }
  }
  Result<std::vector<LoadedPlugin>> loaded = loader.load_section(section);
  if (!loaded) {
    refuse(loaded.error());
    return;
  }
  for (LoadedPlugin& each : *loaded) {
    for (const PluginFinding& finding : each.findings) {
      if (finding.verdict != PluginFinding::Verdict::error) continue;
      add_problem(Error{Errc::invalid, "plugin '" + section.name + "': " + to_line(finding),
                        place_in(config_, section.line)});
    }
    add_tools(std::move(each.tools), ": give one of them `functions` in its section of yoke.toml");
    listing.plugins.push_back(std::move(each.plugin));
  }
}

Result<std::shared_ptr<const AgentPackage>> Project::package(const std::string& file) const {
  const std::string whole = whole_path(config_, file);
  const auto kept = packages_.find(whole);
  if (kept != packages_.end()) {
    const Result<std::string> hash = package_hash_of(whole);
    if (hash && *hash == kept->second->hash()) return kept->second;
  }
  // What lies outside the project is a stranger's, as with agents in Lua.
  const bool own = (whole + "/").starts_with(config_.project_dir + "/");
  AgentPackage::Services services{
      config_, loader_, [this, own](ScriptSource source) {
        if (!own) source.origin = ScriptOrigin::stranger;
        return load_lua_source(services_, std::make_shared<const ScriptSource>(std::move(source)));
      }};
  Result<std::shared_ptr<const AgentPackage>> opened = AgentPackage::open(whole, services);
  if (!opened) return opened.error();
  packages_[whole] = *opened;
  return opened;
}

Result<std::shared_ptr<const Agent>> Project::agent_of_package(const AgentPackage& package) {
  std::vector<std::string> workers;
  for (const std::string& file : package.worker_files()) {
    std::string name = name_of_package(file.substr(file.rfind('#') + 1));
    const auto other = workers_.find(name);
    if (other != workers_.end() && other->second != file) {
      name = plain_agent_name(package.agent().name) + "-" + name;
    }
    workers_[name] = file;
    workers.push_back(name);
  }
  const std::vector<AgentFile> files = agent_files();
  for (const std::string& id : package.agent().worker_ids) {
    for (const AgentFile& each : files) {
      bool meant = each.name == id;
      if (!meant && is_package_file(each.file) &&
          whole_path(config_, each.file) != package.file()) {
        const Result<std::shared_ptr<const AgentPackage>> other = this->package(each.file);
        meant = other && (*other)->agent().id == id;
      }
      if (meant) workers.push_back(each.name);
    }
  }
  return package.make(workers);
}

Result<Program> Project::program_of_package(const std::string& file) {
  Result<std::shared_ptr<const AgentPackage>> opened = package(file);
  if (!opened) return Error{Errc::invalid, opened.error().detail, opened.error().place};
  Result<std::shared_ptr<const Agent>> agent = agent_of_package(**opened);
  if (!agent) return agent.error();
  Program program;
  program.tools = tools_of_package(*opened);
  program.source = Json{{"agent", to_json((*agent)->spec())},
                        {"tools", bundle(*program.tools)},
                        {"package", {{"file", (*opened)->file()}, {"hash", (*opened)->hash()}}}};
  if (!(*opened)->skills().empty()) program.source["skills"] = to_json((*opened)->skills());
  program.agent = std::move(*agent);
  AgentExtras of_package;  // what it is told and offered is its own
  of_package.skills.clear();
  of_package.context = false;
  return in_context(std::move(program), of_package, config_);
}

Result<std::shared_ptr<const Agent>> Project::with_plugin_words(std::shared_ptr<const Agent> agent,
                                                                const ToolSet& tools) const {
  if (plugins_.empty() || agent->spec().strategy == "workflow") return agent;
  std::vector<std::string> names;
  for (const ToolSpec* tool : tools.list()) names.push_back(tool->name);
  std::string words;
  for (const PluginListing& listing : plugins_) {
    for (const std::shared_ptr<const Plugin>& plugin : listing.plugins) {
      for (const PluginState state : {PluginState::reasoning, PluginState::responding}) {
        const std::string said = state_instructions(*plugin, state, names);
        if (!said.empty()) words += "\n\n" + said;
      }
    }
  }
  if (words.empty()) return agent;
  AgentSpec spec = agent->spec();
  spec.instructions += words;
  return make_agent(std::move(spec), options_of(*agent));
}

Result<std::shared_ptr<const ToolSet>> Project::restored_tools(const Json& source) const {
  const std::string file = string_at(member_at(source, "package"), "file");
  if (file.empty()) {
    Result<std::unique_ptr<ToolSet>> tools =
        yoke::restore(member_at(source, "tools"), services_, &registry_);
    if (!tools) return tools.error();
    return std::shared_ptr<const ToolSet>(std::move(*tools));
  }
  Result<std::shared_ptr<const AgentPackage>> opened = package(file);
  if (!opened) return opened.error();
  if ((*opened)->hash() != string_at(member_at(source, "package"), "hash")) {
    return Error{Errc::conflict,
                 "the package has changed since the run began: put it back as it was, or cancel "
                 "the run and start another",
                 file};
  }
  const BothSets all((*opened)->tools(), registry_);
  Result<std::unique_ptr<ToolSet>> tools =
      yoke::restore(member_at(source, "tools"), services_, &all);
  if (!tools) return tools.error();
  return with_package(std::move(*tools), std::move(*opened));
}

bool Project::is_package_file(const std::string& file) const {
  return !file.ends_with(".lua") && is_package(whole_path(config_, file));
}

Result<std::string> Project::found_package(const std::string& agent) {
  std::error_code ignored;
  const std::string path = agent.substr(0, agent.rfind('#'));
  if (!fs::exists(path, ignored)) return Error{Errc::invalid, "no agent file " + path};
  return fs::absolute(agent).lexically_normal().string();
}

void Project::add_package_files(std::vector<AgentFile>& files) const {
  const auto add = [&](const std::string& name, const std::string& file) {
    const bool there = std::any_of(files.begin(), files.end(),
                                   [&](const AgentFile& each) { return each.name == name; });
    if (!there) files.push_back(AgentFile{name, file});
  };
  std::vector<fs::path> found;
  std::error_code none;
  for (const auto& item :
       fs::directory_iterator(fs::path(config_.project_dir) / kPackagesFolder, none)) {
    found.push_back(item.path());
  }
  std::sort(found.begin(), found.end());
  for (const fs::path& path : found) {
    const std::string file = (fs::path(kPackagesFolder) / path.filename()).string();
    if (path.filename().string().starts_with(".") || !is_package_file(file)) continue;
    if (path.extension() == ".json" && !is_agent_json(path.string())) continue;
    add(name_of_package(path), file);
  }
  // An added package that has an agent is run by the plugin's name.
  for (const PluginListing& listing : plugins_) {
    const bool usable = listing.enabled && listing.problem.empty();
    if (!usable || !is_package_file(listing.path)) continue;
    const Result<std::shared_ptr<const AgentPackage>> opened = package(listing.path);
    if (opened) add(listing.name, listing.path);
  }
}

}  // namespace yoke
