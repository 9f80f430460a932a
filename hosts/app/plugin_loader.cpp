#include "hosts/app/plugin_loader.h"

#include <algorithm>
#include <filesystem>

#include "hosts/app/plugin_servers.h"
#include "hosts/app/private_places.h"
#include "hosts/packages/read_package.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

bool is_among(const std::vector<std::string>& globs, const std::string& name) {
  for (const std::string& glob : globs) {
    if (glob_match(glob, name)) return true;
  }
  return false;
}

}  // namespace

std::map<std::string, std::string> kept_documents(Package& files) {
  std::map<std::string, std::string> documents;
  const Result<std::string> text = files.read(kKeptDocuments);
  if (!text) return documents;
  const Result<Json> index = parse_json(*text);
  if (!index || !index->is_object()) return documents;
  for (const auto& [url, file] : index->items()) {
    if (!file.is_string()) continue;
    Result<std::string> document = files.read(file.get<std::string>());
    if (document) documents[url] = std::move(*document);
  }
  return documents;
}

std::string package_key(const Config& config, const std::string& file) {
  std::string path = file;
  std::error_code none;
  const std::size_t mark = path.rfind('#');
  if (mark != std::string::npos && !fs::exists(path, none)) path.resize(mark);
  const fs::path whole = (fs::path(config.project_dir) / path).lexically_normal();
  const fs::path home = fs::path(config.project_dir).lexically_normal();
  const std::string inner = whole.lexically_relative(home).generic_string();
  return inner.empty() || inner.starts_with("..") ? whole.generic_string() : inner;
}

void PluginLoader::note(const Tool& tool, const DataHandling& data, const PluginHome& home) const {
  const auto [found, is_new] = made_.try_emplace(tool.spec().name);
  MadeFunction& made = found->second;
  made.plugin = tool.spec().origin;
  if (is_new) made.data = data;
  made.data.told = made.data.told && data.told;
  made.data.exports = made.data.exports || data.exports;
  made.data.updates = made.data.updates || data.updates;
  if (home.file.empty()) return;
  std::erase_if(made.homes, [&](const PluginHome& each) { return each.file == home.file; });
  made.homes.push_back(home);
  made.hosts.clear();
  for (const Json& host : member_at(tool.spec().permissions, "net")) {
    if (host.is_string()) made.hosts.push_back(host.get<std::string>());
  }
}

void PluginLoader::note_graph(const Tool& tool, const PluginHome& home) const {
  DataHandling data;
  data.told = true;
  data.gets_private = true;
  note(tool, data, home);
}

const MadeFunction* PluginLoader::made(std::string_view tool) const {
  const auto found = made_.find(tool);
  return found == made_.end() ? nullptr : &found->second;
}

std::vector<std::string> PluginLoader::made_in(const PluginHome& home) const {
  std::vector<std::string> tools;
  for (const auto& [name, made] : made_) {
    const bool is_its = std::any_of(
        made.homes.begin(), made.homes.end(),
        [&](const PluginHome& each) { return each.file == home.file && each.hash == home.hash; });
    if (is_its) tools.push_back(name);
  }
  return tools;
}

Result<LoadedPlugin> PluginLoader::load(PluginSource source, const PluginConfig& settings,
                                        PluginHome home) const {
  source.documents = kept_documents(*source.package);
  const std::string file = source.file;
  Result<Plugin> read = load_plugin(source);
  if (!read) return read.error();
  // What calls itself as another section does gets none of that one's sign-in.
  PluginHome keys_of = home;
  if (keys_of.file.empty() && source.name != settings.name) keys_of.file = settings.path;
  LoadedPlugin loaded;
  loaded.findings = read->findings;
  loaded.plugin = std::make_shared<const Plugin>(std::move(*read));
  for (const PluginFunction& function : loaded.plugin->functions) {
    if (!is_among(settings.functions, function.name)) continue;
    const std::string& where = function.words.pointer;
    if (function.operation == nullptr) continue;  // an MCP server runs it
    PluginServices services{client_, credentials_};
    PluginFunction wanted = function;
    wanted.credentials.package = keys_of.file;
    wanted.credentials.package_hash = keys_of.hash;
    if (!settings.base_url.empty()) {
      const Result<Url> base = parse_url(settings.base_url);
      if (base) wanted.credentials.origins = {base->origin()};
      wanted.credentials.origins_are_said = base.has_value();
      services.choose_server = [url = settings.base_url](const openapi::Operation&) { return url; };
      allow_host(settings.base_url, settings.allow_private, services.inside);
    }
    if (settings.allow_private) {
      for (const openapi::Server& server : function.operation->servers) {
        allow_host(server.url, true, services.inside);
      }
    }
    Result<std::unique_ptr<PluginTool>> tool =
        PluginTool::make(*loaded.plugin, wanted, std::move(services));
    if (tool) {
      loaded.tools.push_back(std::move(*tool));
    } else {
      loaded.findings.push_back(PluginFinding{PluginFinding::Verdict::error, file, where,
                                              function.name + ": " + tool.error().message(),
                                              false});
    }
  }
  auto of_servers = mcp_functions_of(servers_, *loaded.plugin, settings, keys_of, loaded.findings);
  for (std::unique_ptr<Tool>& tool : of_servers) loaded.tools.push_back(std::move(tool));
  for (const std::unique_ptr<Tool>& tool : loaded.tools) {
    const auto* function = dynamic_cast<const DataHandlingTool*>(tool.get());
    if (function != nullptr) note(*tool, function->data_handling(), home);
  }
  return loaded;
}

Result<std::vector<LoadedPlugin>> PluginLoader::load_section(const PluginConfig& settings) const {
  const std::string place = place_in(config_, settings.line);
  const auto wrong = [&](const Error& error) {
    return Error{Errc::invalid, "plugin '" + settings.name + "': " + error.message(), place};
  };
  ManifestWords words;
  auto env = resolved_env(config_, settings.env);
  if (!env) return wrong(env.error());
  words.environment = std::move(*env);
  const std::string path = (fs::path(config_.project_dir) / settings.path).string();
  Result<ReadPackage> package = read_package(path, std::move(words), settings.language);
  if (!package) return wrong(package.error());
  std::vector<PackagedPlugin> plugins = package->plugins;
  for (const PackagedAgent& agent : package->agents) {
    plugins.insert(plugins.end(), agent.plugins.begin(), agent.plugins.end());
  }
  std::vector<LoadedPlugin> all;
  for (const PackagedPlugin& each : plugins) {
    PluginSource source;
    source.name = settings.name;
    source.package = package->files;
    source.file = each.file;
    source.words = package->words;
    source.inlined = each.inlined;
    Result<LoadedPlugin> loaded = load(std::move(source), settings);
    if (!loaded) return wrong(loaded.error());
    all.push_back(std::move(*loaded));
  }
  if (all.empty()) {
    return wrong(Error{Errc::invalid, settings.path + " holds no plugin"});
  }
  all.front().findings.insert(all.front().findings.begin(), package->findings.begin(),
                              package->findings.end());
  return all;
}

}  // namespace yoke
