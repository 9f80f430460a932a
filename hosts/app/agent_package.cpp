#include "hosts/app/agent_package.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "agents/declarative/declarative_program.h"
#include "hosts/app/graph_settings.h"
#include "hosts/app/package_means.h"
#include "hosts/packages/package_skills.h"
#include "runtime/base/text.h"
#include "tools/bundled.h"
#include "tools/knowledge/knowledge_tools.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPluginNameMax = 24;

struct PackagePlace {
  std::string path;
  std::string file;  // of the agent in it; empty: its own
};

PackagePlace place_of_package(const std::string& text) {
  const std::size_t mark = text.rfind('#');
  std::error_code none;
  if (mark == std::string::npos || fs::exists(text, none)) return {text, {}};
  return {text.substr(0, mark), text.substr(mark + 1)};
}

bool is_package_folder(const fs::path& folder) {
  std::error_code none;
  return fs::is_regular_file(folder / "manifest.json", none) ||
         fs::is_regular_file(folder / "declarativeAgent.json", none);
}

fs::path same_path(const std::string& path) {
  std::error_code none;
  const fs::path whole = fs::weakly_canonical(path, none);
  return none ? fs::path(path) : whole;
}

// A set over what a package owns, and over what it does not.
class PackageTools final : public ToolSet {
 public:
  PackageTools(std::unique_ptr<ToolSet> inner, std::shared_ptr<const AgentPackage> package)
      : package_(std::move(package)), inner_(std::move(inner)) {}

  Tool* find(std::string_view name) const override {
    return inner_ ? inner_->find(name) : package_->tools().find(name);
  }
  std::vector<const ToolSpec*> list() const override {
    return inner_ ? inner_->list() : package_->tools().list();
  }

 private:
  const std::shared_ptr<const AgentPackage> package_;  // shared: see AgentPackage
  const std::unique_ptr<ToolSet> inner_;               // null: the package's own
};

}  // namespace

// Makes one package.
class PackageMaker {
 public:
  PackageMaker(const std::string& file, const AgentPackage::Services& services)
      : place_(place_of_package(file)),
        services_(services),
        out_(std::make_unique<AgentPackage>(AgentPackage::Made{})) {
    out_->file_ = file;
  }

  Result<std::shared_ptr<const AgentPackage>> make() {
    Result<ManifestWords> words = package_words();
    if (!words) return words.error();
    const std::string language = sections_.language;
    Result<ReadPackage> read = read_package(place_.path, std::move(*words), language);
    if (!read) return wrong(read.error());
    if (Result<void> chosen = choose_agent(*read); !chosen) return wrong(chosen.error());
    Result<std::string> hash = package_hash(*read->files);
    if (!hash) return wrong(hash.error());
    out_->hash_ = std::move(*hash);
    out_->name_ = name_of_file();
    out_->findings_ = std::move(read->findings);
    for (const PackagedPlugin& plugin : out_->agent_.plugins) add_plugin(*read, plugin);
    add_capabilities(*read);
    out_->skills_ = skills_of_package(*read, out_->agent_, out_->findings_);
    return std::shared_ptr<const AgentPackage>(std::move(out_));
  }

 private:
  Error wrong(const Error& error) const {
    return Error{Errc::invalid, error.detail, error.place.empty() ? out_->file_ : error.place};
  }
  void put(PluginFinding::Verdict verdict, const std::string& file, const std::string& pointer,
           std::string text) {
    out_->findings_.push_back(PluginFinding{verdict, file, pointer, std::move(text), false});
  }

  Result<ManifestWords> package_words() {
    Result<PackagesConfig> packages = packages_config_of(services_.config);
    if (!packages) return packages.error();
    sections_ = std::move(*packages);
    Result<std::vector<PluginConfig>> plugins = plugins_config_of(services_.config);
    if (!plugins) return plugins.error();
    plugin_sections_ = std::move(*plugins);
    std::map<std::string, std::string> env = sections_.env;
    if (const PluginConfig* section = section_for(place_.path)) {
      for (const auto& [name, value] : section->env) env[name] = value;
      if (!section->language.empty()) sections_.language = section->language;
    }
    auto resolved = resolved_env(services_.config, env);
    if (!resolved) return resolved.error();
    ManifestWords words;
    words.environment = std::move(*resolved);
    return words;
  }

  // The section of yoke.toml that is about what lies there.
  const PluginConfig* section_for(const std::string& path) const {
    const fs::path wanted = same_path(path);
    for (const PluginConfig& each : plugin_sections_) {
      const fs::path there =
          same_path((fs::path(services_.config.project_dir) / each.path).string());
      if (there == wanted) return &each;
    }
    return nullptr;
  }

  Result<void> choose_agent(const ReadPackage& read) {
    if (place_.file.empty() && read.agents.size() == 1) {
      out_->agent_ = read.agents.front();
      return {};
    }
    if (place_.file.empty()) {
      const std::string what(name_of(read.kind));
      const std::string but = read.agents.empty() ? "holds no declarative agent that can be run"
                                                  : "holds several declarative agents";
      std::string why;
      for (const PluginFinding& each : read.findings) {
        if (each.verdict == PluginFinding::Verdict::error) why += "; " + to_line(each);
      }
      return Error{Errc::invalid, "this " + what + " " + but + why};
    }
    Result<Json> document = read_inner(read);
    if (!document) return document.error();
    Result<DeclarativeReading> reading = read_declarative_agent(*document);
    if (!reading) return reading.error();
    out_->agent_.file = place_.file;
    out_->agent_.agent = std::move(reading->agent);
    return {};
  }

  Result<Json> read_inner(const ReadPackage& read) {
    PluginFindings of_texts;
    return read_manifest(*read.files, place_.file, read.words, of_texts);
  }

  std::string name_of_file() const {
    const fs::path path = place_.file.empty() ? place_.path : place_.file;
    const std::string stem = path.stem().string();
    const bool usual = stem == "declarativeAgent" || stem == "manifest" || stem.empty();
    return usual ? plain_agent_name(out_->agent_.agent.name) : stem;
  }

  std::string plugin_name_for(const PackagedPlugin& plugin) const {
    const std::string& words = plugin.name_space.empty() ? plugin.id : plugin.name_space;
    std::string name = plain_agent_name(words).substr(0, kPluginNameMax);
    const auto taken = [&](const std::string& text) {
      return std::any_of(out_->plugins_.begin(), out_->plugins_.end(),
                         [&](const auto& each) { return each->name == text; });
    };
    if (!taken(name)) return name;
    int number = 2;
    while (taken(name + "-" + std::to_string(number))) ++number;
    return name + "-" + std::to_string(number);
  }

  void add_plugin(const ReadPackage& read, const PackagedPlugin& plugin) {
    if (services_.loader == nullptr) return;
    const std::string folder = fs::is_regular_file(place_.path)
                                   ? fs::path(place_.path).parent_path().string()
                                   : place_.path;
    const PluginConfig* section = section_for((fs::path(folder) / plugin.file).string());
    if (section == nullptr) section = section_for(place_.path);
    if (section == nullptr) section = section_for(folder);
    PluginConfig settings;
    if (section != nullptr) settings = *section;
    const bool alone = out_->agent_.plugins.size() == 1;
    PluginSource source;
    source.name = section != nullptr && alone ? section->name : plugin_name_for(plugin);
    source.package = read.files;
    source.file = plugin.file;
    source.words = read.words;
    source.inlined = plugin.inlined;
    PluginHome home;
    if (section == nullptr) home = {package_key(services_.config, out_->file_), out_->hash_};
    Result<LoadedPlugin> loaded =
        services_.loader->load(std::move(source), settings, std::move(home));
    if (!loaded) {
      put(PluginFinding::Verdict::error, plugin.file, plugin.pointer, loaded.error().message());
      return;
    }
    for (PluginFinding& each : loaded->findings) out_->findings_.push_back(std::move(each));
    for (std::unique_ptr<Tool>& tool : loaded->tools) add_tool(std::move(tool), plugin.file);
    out_->plugins_.push_back(std::move(loaded->plugin));
  }

  void add_tool(std::unique_ptr<Tool> tool, const std::string& file) {
    const Result<void> added = out_->tools_.add(std::move(tool));
    if (!added) put(PluginFinding::Verdict::error, file, "", added.error().detail);
  }

  void add_capabilities(const ReadPackage& read) {
    PackageMeans means = package_means_of(services_.config);
    CapabilityPlan plan = plan_capabilities(out_->agent_.agent, out_->agent_.file, *read.files,
                                            means, out_->findings_);
    out_->writes_code_ = plan.writes_code;
    out_->notes_ = std::move(plan.notes);
    if (plan.searches_web) add_web(plan.sites);
    if (!plan.graph.empty()) add_graph(plan.graph);
    if (plan.knowledge.empty()) return;
    auto index = std::make_shared<KnowledgeIndex>();
    for (auto& [file, text] : plan.knowledge) index->add(file, std::move(text));
    for (auto& tool : make_knowledge_tools(index, "package:" + out_->name_)) {
      add_tool(std::move(tool), out_->agent_.file);
    }
  }

  void add_graph(const GraphGrant& grant) {
    if (services_.loader == nullptr) return;
    const PluginLoader& loader = *services_.loader;
    const Result<GraphConfig> graph = graph_config_of(services_.config);
    Result<std::shared_ptr<const GraphServices>> services =
        graph ? graph_services_of(*graph, loader.client(), loader.credentials())
              : Result<std::shared_ptr<const GraphServices>>(graph.error());
    if (!services) {
      put(PluginFinding::Verdict::error, out_->agent_.file, "/capabilities",
          "Microsoft Graph: " + services.error().message());
      return;
    }
    // A section is the consent to functions of plugins, which was asked for; to this it is none.
    const PluginHome home{package_key(services_.config, out_->file_), out_->hash_};
    for (std::unique_ptr<Tool>& tool : make_graph_tools(grant, *services)) {
      loader.note_graph(*tool, home);
      add_tool(std::move(tool), out_->agent_.file);
    }
  }

  // The project's own web tools, kept to the sites; where it has no search service, they are read.
  void add_web(const std::vector<std::string>& sites) {
    const auto section = services_.config.bundled.find("web");
    const bool searches = section != services_.config.bundled.end() && section->second.enabled;
    Json settings = searches ? section->second.settings : Json(Json::object());
    if (!sites.empty()) settings["sites"] = sites;
    Result<ScriptSource> source = bundled_source("web", settings);
    if (!source) {
      put(PluginFinding::Verdict::error, out_->agent_.file, "/capabilities",
          source.error().message());
      return;
    }
    LoadedTools loaded = services_.load_script(std::move(*source));
    for (const Error& error : loaded.errors) {
      put(PluginFinding::Verdict::error, out_->agent_.file, "/capabilities",
          "WebSearch: " + error.detail);
    }
    for (auto& tool : loaded.tools) add_tool(std::move(tool), out_->agent_.file);
  }

  const PackagePlace place_;
  const AgentPackage::Services& services_;
  PackagesConfig sections_;
  std::vector<PluginConfig> plugin_sections_;
  std::unique_ptr<AgentPackage> out_;
};

bool is_package(const std::string& text) {
  const PackagePlace place = place_of_package(text);
  return place.path.ends_with(".json") || place.path.ends_with(".zip") ||
         is_package_folder(place.path);
}

Result<std::shared_ptr<const AgentPackage>> AgentPackage::open(const std::string& file,
                                                               const Services& services) {
  return PackageMaker(file, services).make();
}

Result<std::shared_ptr<const Agent>> AgentPackage::make(
    const std::vector<std::string>& workers) const {
  DeclarativeMeans means;
  means.name = name_;
  means.tools = tools_.names();
  means.notes = notes_;
  means.writes_code = writes_code_;
  for (const std::string& worker : workers) means.tools.push_back("agent:" + worker);
  for (const std::shared_ptr<const Plugin>& plugin : plugins_) {
    for (const PluginState state : {PluginState::reasoning, PluginState::responding}) {
      const std::string words = state_instructions(*plugin, state, tools_.names());
      if (!words.empty()) means.notes.push_back(words);
    }
  }
  return agent_from_declarative(agent_.agent, means);
}

std::vector<std::string> AgentPackage::worker_files() const {
  const PackagePlace place = place_of_package(file_);
  std::vector<std::string> files;
  for (const std::string& worker : agent_.agent.worker_files) {
    const Result<std::string> path = package_path(agent_.file, worker);
    if (path) files.push_back(place.path + "#" + *path);
  }
  return files;
}

std::shared_ptr<const ToolSet> with_package(std::unique_ptr<ToolSet> tools,
                                            std::shared_ptr<const AgentPackage> package) {
  return std::make_shared<PackageTools>(std::move(tools), std::move(package));
}

std::shared_ptr<const ToolSet> tools_of_package(std::shared_ptr<const AgentPackage> package) {
  return std::make_shared<PackageTools>(nullptr, std::move(package));
}

Result<std::string> package_hash_of(const std::string& file) {
  Result<std::shared_ptr<Package>> files = Package::open(place_of_package(file).path);
  if (!files) return files.error();
  return package_hash(**files);
}

PackageMeans package_means_of(const Config& config) {
  PackageMeans means;
  const auto web = config.bundled.find("web");
  means.web_search = web != config.bundled.end() && web->second.enabled;
  means.pdf = pdf_reader_in(std::getenv("PATH"));
  const Result<GraphConfig> graph = graph_config_of(config);
  if (graph && graph->is_there) {
    means.asks_graph = true;
    means.graph = graph->capabilities;
  }
  return means;
}

}  // namespace yoke
