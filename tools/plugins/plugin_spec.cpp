#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/plugins/function_schema.h"
#include "tools/plugins/plugin_result.h"
#include "tools/plugins/plugin_tool.h"

// What a function says of itself before it is called.
namespace yoke {
namespace {

constexpr std::size_t kDescriptionBytesMax = 4096;
constexpr std::size_t kStateBytesMax = 8192;

std::string described(const FunctionWords& words, const openapi::Operation& operation) {
  if (!words.description.empty()) return words.description;
  if (operation.description.empty()) return operation.summary;
  if (operation.summary.empty()) return operation.description;
  return operation.summary + "\n" + operation.description;
}

bool only_gets(const openapi::Operation& operation) {
  return operation.method == "GET" || operation.method == "HEAD";
}

// Of a spec whose input schema is there.
void set_confirmation(ToolSpec& spec, const FunctionWords& words,
                      const openapi::Operation* operation) {
  if (!words.confirmation || !words.confirmation->is_card) return;
  const Json& arguments = member_at(spec.input_schema, "properties");
  spec.confirmation.title = confirmation_words(words.confirmation->title, operation, arguments);
  spec.confirmation.body = confirmation_words(words.confirmation->body, operation, arguments);
}

// Reading is not asked about and all else is, but where the document says otherwise.
void set_effect(ToolSpec& spec, const openapi::Operation& operation) {
  const bool consequential = operation.consequential.value_or(!only_gets(operation));
  const bool reads = only_gets(operation) && !consequential;
  spec.effect = reads ? Effect::read : Effect::once;
  spec.confirmation.asks = consequential;
}

void set_effect(ToolSpec& spec, const PluginMcpTool& tool) {
  const bool reads = bool_at(tool.annotations, "readOnlyHint");
  spec.effect = reads ? Effect::read : Effect::once;
  spec.confirmation.asks = !reads;
}

void add_lines(std::string& out, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) {
    if (!line.empty()) out += "- " + line + "\n";
  }
}

}  // namespace

ToolSpec spec_of_function(const Plugin& plugin, const PluginFunction& function) {
  ToolSpec spec;
  spec.name = function.tool;
  spec.origin = "plugin:" + plugin.name;
  spec.source_hash = plugin.hash;
  if (function.operation != nullptr) {
    spec.description = described(function.words, *function.operation);
    spec.input_schema = function.operation->input_schema;
    set_effect(spec, *function.operation);
  } else {
    const std::string& said = function.words.description;
    spec.description = said.empty() ? function.mcp.description : said;
    spec.input_schema = function.mcp.input_schema.is_object()
                            ? function.mcp.input_schema
                            : schema_of_parameters(function.words.parameters);
    set_effect(spec, function.mcp);
  }
  set_confirmation(spec, function.words, function.operation.get());
  if (!function.words.returns.empty()) {
    spec.description += "\nReturns: " + function.words.returns;
  }
  spec.description = shorten(to_valid_utf8(spec.description), kDescriptionBytesMax);
  spec.permissions["net"] = hosts_of(function.credentials.origins);
  return spec;
}

std::vector<std::string> hosts_of(const std::vector<std::string>& origins) {
  std::vector<std::string> hosts;
  for (const std::string& origin : origins) {
    const Result<Url> url = parse_url(origin);
    if (!url) continue;
    std::string host = (url->tls ? "" : "http://") + url->authority();
    if (std::find(hosts.begin(), hosts.end(), host) == hosts.end()) hosts.push_back(host);
  }
  return hosts;
}

bool sends_data(const DataHandling& data) { return !data.told || data.exports || data.updates; }

Label label_of_results(const DataHandling& data) {
  Label label;  // untrusted and private: what anybody may have written, of whoever has signed in
  const bool open = data.told && data.gets_public && !data.gets_private;
  if (open) label.secrecy = Label::Secrecy::open;
  return label;
}

std::string state_instructions(const Plugin& plugin, PluginState state,
                               const std::vector<std::string>& tools) {
  std::string out;
  for (const PluginFunction& function : plugin.functions) {
    const bool has = std::find(tools.begin(), tools.end(), function.tool) != tools.end();
    const StateWords& words =
        state == PluginState::reasoning ? function.words.reasoning : function.words.responding;
    if (!has || words.empty()) continue;
    out += function.tool + (words.description.empty() ? "" : ": " + words.description) + "\n";
    if (words.replaces) out += "Instead of what else is said of this function:\n";
    add_lines(out, words.instructions);
    if (!words.examples.empty()) out += "Examples:\n" + join(words.examples, "\n") + "\n";
  }
  return shorten(to_valid_utf8(out), kStateBytesMax);
}

}  // namespace yoke
