#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hosts/config/plugins_config.h"
#include "tools/plugins/plugin_tool.h"

namespace yoke {

// A plugin with its functions as tools.
struct LoadedPlugin {
  std::shared_ptr<const Plugin> plugin;  // shared with whoever tells of it
  std::vector<std::unique_ptr<Tool>> tools;
  PluginFindings findings;  // all, those of making tools too
};

// Makes tools of plugins, with what the operator's settings say of each.
//
// Ownership: borrows the configuration, the client and the credentials, which outlive its tools.
// Threads:   loop thread only; blocks on small files.
class PluginLoader {
 public:
  PluginLoader(const Config& config, HttpClient& client, CredentialsBook& credentials)
      : config_(config), client_(client), credentials_(credentials) {}

  // Errors: the manifest or document cannot be read. A function that cannot be made is a finding.
  Result<LoadedPlugin> load(PluginSource source, const PluginConfig& settings) const;

  // The plugins of [plugins.NAME], one section. An app package's or agent's are all its plugins.
  // Errors: invalid, with the section's place.
  Result<std::vector<LoadedPlugin>> load_section(const PluginConfig& settings) const;

  HttpClient& client() const { return client_; }
  CredentialsBook& credentials() const { return credentials_; }

 private:
  const Config& config_;
  HttpClient& client_;
  CredentialsBook& credentials_;
};

// The text of a document that 'yoke plugins add' fetched and put into the package, by its URL.
std::map<std::string, std::string> kept_documents(Package& files);
inline constexpr const char* kKeptDocuments = "yoke-documents/index.json";

}  // namespace yoke
