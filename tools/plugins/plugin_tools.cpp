#include <algorithm>
#include <map>
#include <utility>

#include "runtime/base/text.h"
#include "tools/plugins/plugin_result.h"
#include "tools/plugins/plugin_tool.h"

// All functions of a plugin as tools, those of its MCP servers among them.
namespace yoke {
namespace {

// A tool of an MCP server under the plugin's name, with what the manifest says of it.
class McpFunctionTool final : public DataHandlingTool {
 public:
  McpFunctionTool(PluginFunction function, ToolSpec spec, std::unique_ptr<Tool> asked,
                  PluginLimits limits)
      : function_(std::move(function)),
        spec_(std::move(spec)),
        asked_(std::move(asked)),
        limits_(limits) {}

  const ToolSpec& spec() const override { return spec_; }
  const DataHandling& data_handling() const override { return function_.words.data; }
  Result<Json> check(const Json& args) const override { return asked_->check(args); }

  awaitable<ToolOutcome> call(ToolRequest request, CallContext& context) override {
    request.tool = asked_->spec().name;
    ToolOutcome outcome = co_await asked_->call(std::move(request), context);
    if (outcome.outcome == Outcome::ok && function_.words.response) {
      const Json& structured = member_at(outcome.value, "structuredContent");
      Json reply = structured.is_null() ? std::move(outcome.value) : structured;
      outcome.value = shaped_result(*function_.words.response, std::move(reply), limits_);
    }
    outcome.label = join(outcome.label, label_of_results(function_.words.data));
    co_return outcome;
  }

  awaitable<ProbeOutcome> probe(ToolRequest request, CallContext& context) override {
    ProbeOutcome outcome = co_await asked_->probe(std::move(request), context);
    co_return outcome;
  }

 private:
  PluginFunction function_;
  ToolSpec spec_;
  std::unique_ptr<Tool> asked_;
  PluginLimits limits_;
};

using ToolList = std::vector<std::unique_ptr<Tool>>;

// "remember" of "mcp:notes.remember".
std::string own_name(const std::string& name) {
  const std::size_t dot = name.find('.');
  return dot == std::string::npos ? name : name.substr(dot + 1);
}

void put_error(const Plugin& plugin, const std::string& pointer, std::string text,
               PluginFindings& findings) {
  findings.push_back(
      {PluginFinding::Verdict::error, plugin.manifest.file, pointer, std::move(text), false});
}

PluginFunction function_of(const Plugin& plugin, const PluginMcpServer& server,
                           const std::string& name, const ToolSpec& spec) {
  for (const PluginFunction& known : plugin.functions) {
    if (known.runtime == server.runtime && known.name == name) return known;
  }
  PluginFunction made;
  made.name = name;
  made.tool = plugin_tool_name(plugin.name, name);
  made.words.name = name;
  made.words.description = spec.description;
  made.runtime = server.runtime;
  made.credentials = server.credentials;
  return made;
}

// The server's own schema and effect stand where the manifest does not describe the tool.
void take_from_server(ToolSpec& spec, const PluginFunction& function, const ToolSpec& server) {
  if (!function.mcp.input_schema.is_object()) spec.input_schema = server.input_schema;
  spec.output_schema = function.words.response ? Json(nullptr) : server.output_schema;
  if (function.mcp.annotations.is_null()) {
    spec.effect = server.effect;
    spec.confirmation.asks = server.confirmation.asks;
  }
  if (spec.description.empty()) spec.description = server.description;
  spec.timeout = server.timeout;
}

void add_server_tools(const Plugin& plugin, const PluginMcpServer& server, ToolList offered,
                      const PluginServices& services, ToolList& tools, PluginFindings& findings) {
  const PluginRuntime& runtime = plugin.manifest.runtimes[server.runtime];
  std::map<std::string, std::unique_ptr<Tool>> by_name;
  for (std::unique_ptr<Tool>& tool : offered) {
    std::string name = own_name(tool->spec().name);
    by_name.emplace(std::move(name), std::move(tool));
  }
  for (const PluginFunction& function : plugin.functions) {
    if (function.runtime != server.runtime || by_name.contains(function.name)) continue;
    put_error(plugin, function.words.pointer,
              "the MCP server has no tool '" + shorten(printable(function.name), 60) + "'",
              findings);
  }
  const bool listed = !plugin.manifest.functions.empty() || !runtime.mcp_tools.empty();
  for (auto& [name, tool] : by_name) {
    PluginFunction function = function_of(plugin, server, name, tool->spec());
    const bool described =
        std::any_of(plugin.functions.begin(), plugin.functions.end(),
                    [&](const PluginFunction& known) { return known.tool == function.tool; });
    if (!runtime.runs(name) || (listed && !described && !server.is_dynamic)) continue;
    ToolSpec spec = spec_of_function(plugin, function);
    take_from_server(spec, function, tool->spec());
    tools.push_back(std::make_unique<McpFunctionTool>(std::move(function), std::move(spec),
                                                      std::move(tool), services.limits));
  }
}

}  // namespace

awaitable<std::vector<std::unique_ptr<Tool>>> make_plugin_tools(
    std::shared_ptr<const Plugin> plugin, PluginServices services, McpToolsOf mcp_tools,
    PluginFindings& findings) {
  ToolList tools;
  for (const PluginFunction& function : plugin->functions) {
    if (function.operation == nullptr) continue;
    Result<std::unique_ptr<PluginTool>> tool = PluginTool::make(*plugin, function, services);
    if (tool) {
      tools.push_back(std::move(*tool));
    } else {
      put_error(*plugin, function.words.pointer, tool.error().message(), findings);
    }
  }
  for (const PluginMcpServer& server : plugin->mcp_servers) {
    const std::string pointer = plugin->manifest.runtimes[server.runtime].pointer;
    if (!mcp_tools) {
      put_error(*plugin, pointer, "this host asks no MCP servers", findings);
      continue;
    }
    PluginMcpServer asked = server;
    Result<ToolList> offered = co_await mcp_tools(std::move(asked));
    if (offered) {
      add_server_tools(*plugin, server, std::move(*offered), services, tools, findings);
    } else {
      put_error(*plugin, pointer, offered.error().message(), findings);
    }
  }
  co_return tools;
}

}  // namespace yoke
