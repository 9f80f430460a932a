#include <algorithm>
#include <map>
#include <utility>

#include "runtime/base/text.h"
#include "tools/plugins/plugin_result.h"
#include "tools/plugins/plugin_tool.h"

// Functions that an MCP server runs, as tools.
namespace yoke {
namespace {

// What the paths of response semantics look into: the structure that a server gives, alone or
// beside what it shows, or else the text, which most write as JSON.
Json reply_in(Json value) {
  if (value.is_string()) {
    Result<Json> parsed = parse_json(value.get_ref<const std::string&>());
    return parsed ? std::move(*parsed) : std::move(value);
  }
  const bool both = value.is_object() && value.size() == 2 && value.contains("structured") &&
                    value.contains("content");
  return both ? Json(std::move(value["structured"])) : std::move(value);
}

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
  const Tool* behind() const override { return asked_.get(); }
  Result<Json> check(const Json& args) const override {
    Result<Json> checked = asked_->check(args);
    if (checked) return checked;
    Error error = checked.error();  // it names the tool as the server's
    const std::size_t at = error.detail.find(asked_->spec().name);
    if (at != std::string::npos) error.detail.replace(at, asked_->spec().name.size(), spec_.name);
    return error;
  }

  awaitable<ToolOutcome> call(ToolRequest request, CallContext& context) override {
    request.tool = asked_->spec().name;
    ToolOutcome outcome = co_await asked_->call(std::move(request), context);
    if (outcome.outcome == Outcome::ok && function_.words.response) {
      Json reply = reply_in(std::move(outcome.value));
      outcome.value = shaped_result(*function_.words.response, std::move(reply), limits_);
    }
    outcome.label = label_of_results(function_.words.data);
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

}  // namespace

std::vector<std::unique_ptr<DataHandlingTool>> make_mcp_functions(const Plugin& plugin,
                                                                  const PluginMcpServer& server,
                                                                  McpOffer offer,
                                                                  const PluginLimits& limits,
                                                                  PluginFindings& findings) {
  const PluginRuntime& runtime = plugin.manifest.runtimes[server.runtime];
  std::map<std::string, std::unique_ptr<Tool>> by_name;
  for (OfferedTool& one : offer.tools) by_name.emplace(std::move(one.name), std::move(one.tool));
  for (const PluginFunction& function : plugin.functions) {
    const bool here = function.runtime == server.runtime;
    if (!offer.is_whole || !here || by_name.contains(function.name)) continue;
    put_error(
        plugin, function.words.pointer,
        "the MCP server has no tool '" + shorten(printable(function.name), 60) + "' for a model",
        findings);
  }
  std::vector<std::unique_ptr<DataHandlingTool>> tools;
  for (auto& [name, tool] : by_name) {
    PluginFunction function = function_of(plugin, server, name, tool->spec());
    const bool described =
        std::any_of(plugin.functions.begin(), plugin.functions.end(),
                    [&](const PluginFunction& known) { return known.tool == function.tool; });
    if (!runtime.runs(name) || !(described || server.is_dynamic)) continue;
    ToolSpec spec = spec_of_function(plugin, function);
    take_from_server(spec, function, tool->spec());
    tools.push_back(std::make_unique<McpFunctionTool>(std::move(function), std::move(spec),
                                                      std::move(tool), limits));
  }
  return tools;
}

}  // namespace yoke
