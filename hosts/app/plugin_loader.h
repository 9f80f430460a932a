#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hosts/config/plugins_config.h"
#include "tools/plugins/plugin_tool.h"

namespace yoke {

class McpServers;

// A plugin with its functions as tools.
struct LoadedPlugin {
  std::shared_ptr<const Plugin> plugin;  // shared with whoever tells of it
  std::vector<std::unique_ptr<Tool>> tools;
  PluginFindings findings;  // all, those of making tools too
};

// A package that an agent is run from, where no section of yoke.toml is about it: no person has
// agreed to its plugins but by its pin in yoke.lock.
struct PluginHome {
  std::string file;  // relative to the project where it lies in it; empty: it is no such
  std::string hash;
};

// What is known of the functions that were made under one name, whatever packages they are of. Of
// several it is what is known of none to be better.
struct MadeFunction {
  std::string plugin;  // "plugin:NAME"; "graph" of tools over Microsoft Graph
  DataHandling data;
  std::vector<PluginHome> homes = {};
  std::vector<std::string> hosts = {};
};

// Makes tools of plugins, with what the operator's settings say of each.
//
// Ownership: borrows what it is made with, which outlives its tools.
// Threads:   loop thread only; blocks on small files.
class PluginLoader {
 public:
  PluginLoader(const Config& config, HttpClient& client, CredentialsBook& credentials,
               McpServers& servers)
      : config_(config), client_(client), credentials_(credentials), servers_(servers) {}

  // Errors: the manifest or document cannot be read. A function that cannot be made is a finding.
  Result<LoadedPlugin> load(PluginSource source, const PluginConfig& settings,
                            PluginHome home = {}) const;

  // The plugins of [plugins.NAME], one section. An app package's or agent's are all its plugins.
  // Errors: invalid, with the section's place.
  Result<std::vector<LoadedPlugin>> load_section(const PluginConfig& settings) const;

  HttpClient& client() const { return client_; }
  CredentialsBook& credentials() const { return credentials_; }
  // Those of the project and of its plugins.
  McpServers& servers() const { return servers_; }

  bool has_made() const { return !made_.empty(); }  // a function, of whatever plugin
  // Of a tool over Microsoft Graph that an agent's package brought: policy holds it to what it
  // holds functions to that read private data and send none.
  void note_graph(const Tool& tool, const PluginHome& home) const;

  const MadeFunction* made(std::string_view tool) const;  // null: nothing of this name
  // The tools, by name, of the package that nobody has taken, if it is one.
  std::vector<std::string> made_in(const PluginHome& home) const;

 private:
  const Config& config_;
  HttpClient& client_;
  CredentialsBook& credentials_;
  McpServers& servers_;
  void note(const Tool& tool, const DataHandling& data, const PluginHome& home) const;
  mutable std::map<std::string, MadeFunction, std::less<>> made_;  // what load() has seen
};

// What the pin of an agent's package in yoke.lock is called by; `file` as Project finds agents.
inline constexpr const char* kPackagePins = "packages";
std::string package_key(const Config& config, const std::string& file);

// The text of a document that 'yoke plugins add' fetched and put into the package, by its URL.
std::map<std::string, std::string> kept_documents(Package& files);
inline constexpr const char* kKeptDocuments = "yoke-documents/index.json";

}  // namespace yoke
