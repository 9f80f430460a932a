#include "tools/plugins/plugin_manifest.h"

#include <algorithm>
#include <array>
#include <set>

#include "runtime/base/counted.h"
#include "runtime/base/text.h"
#include "tools/plugins/expand.h"
#include "tools/plugins/function_words.h"

namespace yoke {
namespace {

constexpr std::array<std::string_view, 4> kVersions = {"v2.1", "v2.2", "v2.3", "v2.4"};

bool is_version(std::string_view version) {
  return std::find(kVersions.begin(), kVersions.end(), version) != kVersions.end();
}

PluginAuth read_auth(const ManifestNode& runtime) {
  PluginAuth auth;
  if (!runtime.has("auth")) {
    runtime.forbidden("'auth' is missing; it is taken as None");
    return auth;
  }
  const ManifestNode node = runtime.object("auth");
  node.only({"type", "Type", "reference_id"});
  auth.reference_id = node.text("reference_id");
  // The schema of 2.4 has both spellings.
  const bool capital = !node.has("type") && node.has("Type");
  const std::string type = capital ? node.text("Type") : node.text("type", {true, 0});
  if (type == "OAuthPluginVault") {
    auth.kind = PluginAuth::Kind::oauth;
  } else if (type == "ApiKeyPluginVault") {
    auth.kind = PluginAuth::Kind::api_key;
  } else if (!type.empty() && type != "None") {
    node.error("there is no auth type '" + shorten(printable(type), 40) +
               "'; there are None, OAuthPluginVault and ApiKeyPluginVault");
  }
  if (auth.kind == PluginAuth::Kind::none) {
    node.honoured("no sign-in");
  } else if (auth.reference_id.empty()) {
    node.forbidden("'reference_id' is missing; the operator's section for the plugin is used");
  } else {
    node.differently("the reference '" + shorten(printable(auth.reference_id), 80) +
                     "' names the operator's own secret or sign-in here, not Microsoft's vault");
  }
  return auth;
}

// Whether MCP's extension for user interfaces keeps the tool for what a server shows: no model is
// offered it.
bool is_for_interfaces(const Json& tool) {
  const Json& visible = member_at(member_at(member_at(tool, "_meta"), "ui"), "visibility");
  return visible.is_array() && !visible.empty() &&
         std::none_of(visible.begin(), visible.end(),
                      [](const Json& whom) { return whom == "model"; });
}

// Members that it does not know are left alone: the list is a server's, of whatever extensions.
PluginMcpTool read_mcp_tool(const ManifestNode& node) {
  PluginMcpTool tool;
  tool.for_interfaces = is_for_interfaces(node.value());
  tool.name = node.text("name", {true, 0});
  tool.description = node.text("description");
  tool.input_schema = node.object("inputSchema").value();
  tool.annotations = node.object("annotations").value();
  return tool;
}

void read_mcp_tools(const ManifestNode& list, PluginRuntime& runtime) {
  for (const ManifestNode& item : list.items()) {
    PluginMcpTool tool = read_mcp_tool(item);
    if (!tool.name.empty()) runtime.mcp_tools.push_back(std::move(tool));
  }
}

void read_mcp_description(const ManifestNode& spec, Package& package, PluginFindings& findings,
                          PluginRuntime& runtime) {
  const ManifestNode words = spec.object("mcp_tool_description");
  words.only({"file", "tools"});
  if (words.has("tools")) read_mcp_tools(words.array("tools"), runtime);
  if (!words.has("file")) return;
  const std::optional<std::string> text = read_named_file(words.at("file"), package);
  if (!text) return;
  const Result<Json> json = parse_json(without_bom(*text));
  if (!json) {
    words.at("file").error(json.error().detail);
    return;
  }
  const std::string file = string_at(words.value(), "file");
  const ManifestNode root(*json, file, findings);
  read_mcp_tools(json->is_array() ? root : root.array("tools"), runtime);
  words.at("file").honoured(std::to_string(runtime.mcp_tools.size()) + " tools are described");
}

void read_mcp_spec(const ManifestNode& spec, Package& package, PluginFindings& findings,
                   PluginRuntime& runtime) {
  spec.only({"url", "mcp_tool_description", "enable_dynamic_discovery", "progress_style"});
  runtime.kind = PluginRuntime::Kind::mcp;
  runtime.url = spec.text("url", {true, 0});
  if (runtime.url.empty()) spec.error("an MCP server needs a 'url'");
  if (spec.has("mcp_tool_description")) {
    read_mcp_description(spec, package, findings, runtime);
    spec.at("mcp_tool_description").honoured("the server's tools are those that are described");
  }
  runtime.is_dynamic = spec.flag("enable_dynamic_discovery");
}

void read_open_api_spec(const ManifestNode& spec, PluginRuntime& runtime) {
  spec.only({"url", "api_description", "progress_style"});
  runtime.kind = PluginRuntime::Kind::open_api;
  runtime.url = spec.text("url");
  const ManifestNode inline_document = spec.at("api_description");
  runtime.document = inline_document.value();
  if (runtime.document.is_string()) {
    inline_document.honoured("the document stands in the manifest");
  } else if (runtime.document.is_object()) {
    inline_document.honoured("the document stands in the manifest");
  } else if (!runtime.document.is_null()) {
    inline_document.error("is neither a document nor its text");
    runtime.document = nullptr;
  }
  if (runtime.document.is_null() && runtime.url.empty()) {
    spec.error("an OpenApi runtime needs a 'url' or an 'api_description'");
  }
  runtime.progress_style = spec.text("progress_style");
  static constexpr std::array<std::string_view, 5> kStyles = {
      "", "None", "ShowUsage", "ShowUsageWithInput", "ShowUsageWithInputAndOutput"};
  if (std::find(kStyles.begin(), kStyles.end(), runtime.progress_style) == kStyles.end()) {
    spec.at("progress_style").forbidden("there is no such style; it has no effect");
  } else if (!runtime.progress_style.empty()) {
    spec.at("progress_style").differently("calls are shown as the host shows all calls");
  }
}

PluginRuntime read_runtime(const ManifestNode& node, Package& package, PluginFindings& findings) {
  node.only({"type", "auth", "run_for_functions", "spec", "output_template"});
  PluginRuntime runtime;
  runtime.pointer = node.pointer();
  runtime.for_all = !node.has("run_for_functions");
  runtime.functions = node.texts("run_for_functions");
  if (node.has("output_template")) node.at("output_template").not_honoured("it has no effect here");
  const std::string type = node.text("type", {true, 0});
  const ManifestNode spec = node.object("spec");
  if (type == "LocalPlugin") {
    runtime.kind = PluginRuntime::Kind::local;
    spec.only({"local_endpoint", "allowed_host"});
    node.not_honoured("LocalPlugin runs inside an Office application; its functions are not here");
    return runtime;
  }
  runtime.auth = read_auth(node);
  if (type == "RemoteMCPServer") {
    read_mcp_spec(spec, package, findings, runtime);
  } else {
    if (type != "OpenApi" && !type.empty()) {
      node.error("there is no runtime '" + shorten(printable(type), 40) +
                 "'; there are OpenApi, RemoteMCPServer and LocalPlugin");
    }
    read_open_api_spec(spec, runtime);
    if (type != "OpenApi") runtime.url.clear();
  }
  return runtime;
}

bool is_name_of(std::string_view name, bool underscore) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           (underscore && c == '_');
  });
}

void read_functions(const ManifestNode& root, Package& package, PluginManifest& manifest) {
  manifest.has_functions = !root.array("functions").items().empty();
  std::set<std::string> names;
  for (const ManifestNode& item : root.array("functions").items()) {
    std::optional<FunctionWords> words = read_function_words(item, package);
    if (!words) continue;
    if (!is_name_of(words->name, true)) {
      item.at("name").forbidden("has other characters than letters, digits, '_' and '-'");
    }
    if (!names.insert(words->name).second) {
      item.error("there are two functions '" + shorten(printable(words->name), 60) +
                 "'; the first one counts");
      continue;
    }
    manifest.functions.push_back(std::move(*words));
  }
}

void read_starters(const ManifestNode& root, PluginManifest& manifest) {
  const ManifestNode capabilities = root.object("capabilities");
  capabilities.only({"conversation_starters", "localization"});
  if (capabilities.has("localization")) {
    capabilities.at("localization").not_honoured("texts are localised by [[key]] alone");
  }
  const ManifestNode list = capabilities.array("conversation_starters");
  for (const ManifestNode& item : list.items()) {
    item.only({"text", "title"});
    PluginStarter starter{item.text("title"), item.text("text", {true, 0})};
    if (!starter.text.empty()) manifest.starters.push_back(std::move(starter));
  }
  if (!manifest.starters.empty()) {
    list.honoured(counted(std::ssize(manifest.starters), "conversation starter"));
  }
}

void check_runs(const ManifestNode& root, const PluginManifest& manifest) {
  for (const FunctionWords& words : manifest.functions) {
    const bool run =
        std::any_of(manifest.runtimes.begin(), manifest.runtimes.end(),
                    [&](const PluginRuntime& runtime) { return runtime.runs(words.name); });
    if (!run) {
      root.at("functions")
          .error("no runtime runs the function '" + shorten(printable(words.name), 60) + "'");
    }
  }
}

void read_head(const ManifestNode& root, PluginManifest& manifest) {
  manifest.name_for_human = root.text("name_for_human", {true, 0});
  manifest.name_space = root.text("namespace", {true, 0});
  if (!manifest.name_space.empty() && !is_name_of(manifest.name_space, false)) {
    root.at("namespace").forbidden("has other characters than letters, digits and '-'");
  }
  manifest.description_for_model = root.text("description_for_model", {false, 2048});
  manifest.description_for_human = root.text("description_for_human", {true, 100});
  manifest.logo_url = root.text("logo_url");
  manifest.contact_email = root.text("contact_email");
  manifest.legal_info_url = root.text("legal_info_url");
  manifest.privacy_policy_url = root.text("privacy_policy_url");
  if (!manifest.description_for_model.empty()) {
    root.at("description_for_model").honoured("the model reads it, as untrusted text");
  }
  for (std::string_view key :
       {"logo_url", "contact_email", "legal_info_url", "privacy_policy_url"}) {
    if (root.has(key)) root.at(key).differently("it is shown by `yoke plugins show`");
  }
}

}  // namespace

bool PluginRuntime::runs(std::string_view function) const {
  return for_all || std::any_of(functions.begin(), functions.end(), [&](const std::string& glob) {
           return glob_match(glob, function);
         });
}

PackageDocument package_document_of(const Json& json) {
  const auto has = [&](std::string_view key) { return !member_at(json, key).is_null(); };
  if (has("openapi") || has("swagger")) return PackageDocument::openapi;
  if (has("schema_version") || (has("namespace") && has("runtimes")))
    return PackageDocument::plugin;
  if (has("manifestVersion")) return PackageDocument::app_manifest;
  if (has("instructions") || (has("version") && has("name") && has("description"))) {
    return PackageDocument::declarative_agent;
  }
  return PackageDocument::unknown;
}

Result<PluginManifest> read_plugin_manifest(const Json& json, const std::string& file,
                                            Package& package, PluginFindings& findings,
                                            bool only_told) {
  if (!json.is_object()) return Error{Errc::invalid, "it is no plugin manifest", file};
  const ManifestNode root(json, file, findings);
  PluginManifest manifest;
  manifest.file = file;
  manifest.version = string_at(json, "schema_version");
  if (is_version(manifest.version)) {
    root.at("schema_version").honoured("plugin manifest " + manifest.version);
  } else {
    const std::string why = "schema_version '" + shorten(printable(manifest.version), 20) +
                            "' is not read here; v2.1 to v2.4 are";
    if (!only_told) return Error{Errc::unsupported, why, file};
    root.at("schema_version").error(why);
  }
  root.only({"$schema", "schema_version", "name_for_human", "namespace", "description_for_model",
             "description_for_human", "logo_url", "contact_email", "legal_info_url",
             "privacy_policy_url", "functions", "runtimes", "capabilities"});
  read_head(root, manifest);
  read_functions(root, package, manifest);
  for (const ManifestNode& item : root.array("runtimes").items()) {
    PluginRuntime runtime = read_runtime(item, package, findings);
    const bool says_nothing = manifest.functions.empty() && runtime.mcp_tools.empty();
    const bool asks = runtime.kind == PluginRuntime::Kind::mcp && says_nothing;
    runtime.is_dynamic = runtime.is_dynamic || asks;
    manifest.runtimes.push_back(std::move(runtime));
  }
  if (manifest.runtimes.empty()) root.error("there is no runtime, so no function can run");
  check_runs(root, manifest);
  read_starters(root, manifest);
  return manifest;
}

}  // namespace yoke
