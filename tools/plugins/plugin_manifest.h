#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/json.h"
#include "tools/plugins/findings.h"
#include "tools/plugins/json_path.h"
#include "tools/plugins/package.h"

// What a plugin manifest says, versions 2.1 to 2.4 (facts: Microsoft's reference of each). All
// texts are untrusted.
namespace yoke {

struct PluginAuth {
  enum class Kind : std::uint8_t { none, oauth, api_key };
  Kind kind = Kind::none;
  std::string reference_id = {};
};

// A tool of an MCP server as the manifest describes it.
struct PluginMcpTool {
  std::string name;
  std::string description;
  Json input_schema = nullptr;
  Json annotations = nullptr;
  bool for_interfaces = false;  // for what the server shows to a person alone: no model has it
};

struct PluginRuntime {
  enum class Kind : std::uint8_t { open_api, mcp, local };
  Kind kind = Kind::open_api;
  std::string pointer;  // in the manifest
  PluginAuth auth;
  bool for_all = true;                   // no `run_for_functions`
  std::vector<std::string> functions;    // globs over names
  std::string url;                       // of the document, or of the MCP server
  Json document = nullptr;               // api_description: wins over url
  std::vector<PluginMcpTool> mcp_tools;  // of mcp_tool_description
  bool is_dynamic = false;               // an MCP server that is asked for its tools
  std::string progress_style;

  bool runs(std::string_view function) const;
};

// What a model is told in one state of a conversation.
struct StateWords {
  std::string description;
  std::vector<std::string> instructions;
  bool replaces = false;  // instead of what else is said in that state; false: beside it
  std::vector<std::string> examples;

  bool empty() const { return description.empty() && instructions.empty() && examples.empty(); }
};

// What a function does with data, as `security_info.data_handling` says.
struct DataHandling {
  bool told = false;  // false: the manifest says nothing, and it may not be mixed with others
  bool gets_public = false;
  bool gets_private = false;
  bool transforms = false;
  bool exports = false;
  bool updates = false;
};

struct FunctionConfirmation {
  bool is_card = false;  // type AdaptiveCard: title and body are words for the question
  bool is_none = false;  // type None
  std::string title;
  std::string body;
  std::optional<bool> is_non_consequential;
};

struct ResponseSemantics {
  JsonPath data_path;
  std::map<std::string, JsonPath> properties = {};  // title, subtitle, url, thumbnail_url …
  Json card = nullptr;                              // the template; null: none
};

struct FunctionWords {
  std::string pointer;  // in the manifest; empty: inferred from a document
  std::string name;
  std::string id;
  std::string description;
  Json parameters = nullptr;  // {"properties", "required"}; null: as the operation has them
  std::string returns;        // a description
  StateWords reasoning;
  StateWords responding;
  std::optional<FunctionConfirmation> confirmation;
  std::optional<ResponseSemantics> response;
  DataHandling data;
};

struct PluginStarter {
  std::string title;
  std::string text;
};

struct PluginManifest {
  std::string file;     // in its package
  std::string version;  // "v2.4"
  std::string name_for_human;
  std::string name_space;
  std::string description_for_model;
  std::string description_for_human;
  std::string logo_url;
  std::string contact_email;
  std::string legal_info_url;
  std::string privacy_policy_url;
  std::vector<FunctionWords> functions;
  bool has_functions = false;  // it lists some
  std::vector<PluginRuntime> runtimes;
  std::vector<PluginStarter> starters;
};

// What the document is: by its members, not by its name.
enum class PackageDocument : std::uint8_t {
  app_manifest,
  declarative_agent,
  plugin,
  openapi,
  unknown
};
PackageDocument package_document_of(const Json& json);

// Reads a manifest whose texts are filled in already (expand.h). Files that it names are read from
// the package. What can be used is used; `findings` has the rest, and all that is honoured.
// Errors: invalid: no plugin manifest at all; unsupported: another version. `only_told`: no
// function of it is to be called, and a wrong version is a finding like others.
Result<PluginManifest> read_plugin_manifest(const Json& json, const std::string& file,
                                            Package& package, PluginFindings& findings,
                                            bool only_told = false);

}  // namespace yoke
