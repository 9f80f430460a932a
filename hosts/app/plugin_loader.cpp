#include "hosts/app/plugin_loader.h"

#include <filesystem>

#include "hosts/packages/read_package.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

namespace fs = std::filesystem;

// Where the operator's own address for the plugin leads: writing it is the consent.
void allow_host(const std::string& url, bool private_too, std::vector<HostPattern>& inside) {
  const Result<Url> parsed = parse_url(url);
  if (!parsed) return;
  const std::string place = parsed->host + ":" + std::to_string(parsed->port);
  std::vector<std::string> texts = {place};
  if (url.starts_with("http://")) texts.push_back("http://" + place);
  if (private_too) texts.push_back("private:" + place);
  for (const std::string& text : texts) {
    Result<HostPattern> pattern = parse_host_pattern(text);
    if (pattern) inside.push_back(std::move(*pattern));
  }
}

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

Result<LoadedPlugin> PluginLoader::load(PluginSource source, const PluginConfig& settings) const {
  source.documents = kept_documents(*source.package);
  const std::string file = source.file;
  Result<Plugin> read = load_plugin(source);
  if (!read) return read.error();
  LoadedPlugin loaded;
  loaded.findings = read->findings;
  loaded.plugin = std::make_shared<const Plugin>(std::move(*read));
  for (const PluginFunction& function : loaded.plugin->functions) {
    if (!is_among(settings.functions, function.name)) continue;
    const std::string& where = function.words.pointer;
    if (function.operation == nullptr) {
      loaded.findings.push_back(PluginFinding{
          PluginFinding::Verdict::not_honoured, file, where,
          function.name + " is run by an MCP server: add that with 'yoke mcp add'", false});
      continue;
    }
    PluginServices services{client_, credentials_};
    PluginFunction wanted = function;
    if (!settings.base_url.empty()) {
      const Result<Url> base = parse_url(settings.base_url);
      if (base) wanted.credentials.origins = {base->origin()};
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
