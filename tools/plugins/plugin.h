#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/ports/tool_spec.h"
#include "tools/oauth/credentials_book.h"
#include "tools/openapi/operation.h"
#include "tools/plugins/expand.h"
#include "tools/plugins/plugin_manifest.h"

namespace yoke {

// Where the parts of a plugin come from.
struct PluginSource {
  std::string name;                  // as yoke.toml names it: its tools are plugin:NAME.function
  std::shared_ptr<Package> package;  // shared with whoever opened it
  std::string file;                  // a plugin manifest, or an OpenAPI document by itself
  ManifestWords words = {};
  Json inlined = nullptr;  // the manifest, where it stands in a declarative agent: `file` holds it
  // What remote_documents() asked for, by URL. Nothing else is ever fetched.
  std::map<std::string, std::string> documents = {};
  // No function of it is to be called: what forbids that is a finding, and reading goes on.
  bool only_told = false;
};

// One function, ready to be called.
struct PluginFunction {
  std::string name;  // in the manifest
  std::string tool;  // "plugin:NAME.function"
  FunctionWords words;
  std::size_t runtime = 0;  // of the manifest's
  // Of an OpenApi runtime; null: of an MCP server. Shared by the tools made of it.
  std::shared_ptr<const openapi::Operation> operation;
  PluginMcpTool mcp;
  CredentialsWanted credentials;
};

// An MCP server that runs functions of a plugin.
struct PluginMcpServer {
  std::size_t runtime = 0;
  std::string url;
  CredentialsWanted credentials;
  bool is_dynamic = false;  // it is asked for its tools, which `runs` then picks from
};

struct Plugin {
  std::string name;
  PluginManifest manifest;
  std::vector<PluginFunction> functions;
  std::vector<PluginMcpServer> mcp_servers;
  PluginFindings findings;
  std::string hash;  // hex; changes with anything that was read to make it
};

// The documents on other machines that the plugin needs: absolute http(s) URLs.
// Errors: those of load_plugin about its manifest.
Result<std::vector<std::string>> remote_documents(const PluginSource& source);

// The plugin, with its functions as far as they can be used; what cannot be is in the findings.
// Errors: the manifest or document itself cannot be read.
Result<Plugin> load_plugin(const PluginSource& source);

// What a grant of the plugin covers, as tools/grants.h takes it: named "plugin:NAME", with the
// hosts that it reaches as `permissions`, and its hash. A plugin is granted whole.
ToolSpec plugin_grant_spec(const Plugin& plugin);

// "plugin:NAME.function", at most 64 characters of the alphabet of tool names: others become '_',
// and what is cut or changed ends in a hash.
std::string plugin_tool_name(const std::string& plugin, const std::string& function);

}  // namespace yoke
