#include "hosts/config/mcp_serve_config.h"

#include "hosts/config/section.h"

namespace yoke {
namespace {

constexpr const char* kMcpSection = "serve.mcp";

bool read_switch(TomlReader& reader, const toml::table& table, const char* key, bool usual) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return usual;
  const std::optional<bool> value = node->value_exact<bool>();
  if (!value) {
    reader.fail(*node, "'" + std::string(kMcpSection) + "." + key + "' must be true or false");
  }
  return value.value_or(usual);
}

std::vector<std::string> read_globs(TomlReader& reader, const toml::table& table, const char* key,
                                    std::vector<std::string> usual) {
  return table.contains(key) ? reader.texts(table, kMcpSection, key) : std::move(usual);
}

std::optional<McpTask> task_from_name(const std::string& name) {
  if (name == "late") return McpTask::late;
  if (name == "never") return McpTask::never;
  if (name == "always") return McpTask::always;
  if (name == "required") return McpTask::required;
  return std::nullopt;
}

void read_task_rules(TomlReader& reader, const toml::table& table, McpServeConfig& config) {
  const toml::table* tasks = reader.table(table, kMcpSection, "tasks");
  if (tasks == nullptr) return;
  for (const auto& [key, node] : *tasks) {
    const auto text = node.value_exact<std::string>();
    const std::optional<McpTask> mode = text ? task_from_name(*text) : std::nullopt;
    if (!mode) {
      reader.fail(node, "'serve.mcp.tasks." + std::string(key.str()) +
                            "' must be \"late\", \"never\", \"always\" or \"required\"");
      return;
    }
    config.tasks.emplace_back(std::string(key.str()), *mode);
  }
}

std::string wrong_resource(const McpResourceConfig& resource) {
  if (resource.uri.find(':') == std::string::npos) {
    return "needs a uri with its scheme, such as \"notes://readme\"";
  }
  if (resource.name.empty()) return "needs a name";
  if (resource.file.empty() == resource.tool.empty()) return "needs either a file or a tool";
  const bool is_template = resource.uri.find('{') != std::string::npos;
  if (is_template && resource.tool.empty()) {
    return "'" + resource.uri + "' is a template: its parts are the arguments of a tool";
  }
  return {};
}

void read_resources(TomlReader& reader, const toml::table& table, McpServeConfig& config) {
  const toml::node* node = table.get("resources");
  if (node == nullptr) return;
  const std::string path = "serve.mcp.resources";
  const toml::array* list = node->as_array();
  if (list == nullptr) return reader.fail(*node, "write [[" + path + "]] for each resource");
  for (const toml::node& each : *list) {
    const toml::table* one = each.as_table();
    if (one == nullptr) return reader.fail(each, "'" + path + "' must be tables");
    reader.check_keys(*one, path, {"uri", "name", "description", "mime", "file", "tool"});
    McpResourceConfig resource;
    resource.uri = reader.text(*one, path, "uri");
    resource.name = reader.text(*one, path, "name");
    resource.description = reader.text(*one, path, "description");
    resource.mime = reader.text(*one, path, "mime");
    resource.file = reader.text(*one, path, "file");
    resource.tool = reader.text(*one, path, "tool");
    resource.line = line_of(*one);
    const std::string wrong = wrong_resource(resource);
    if (!wrong.empty()) return reader.fail(each, "a resource of '" + path + "' " + wrong);
    config.resources.push_back(std::move(resource));
  }
}

McpServeConfig read_mcp_serve(TomlReader& reader, const toml::table& root) {
  McpServeConfig config;
  const toml::table* serve = root.get_as<toml::table>("serve");
  const toml::table* table = serve == nullptr ? nullptr : reader.table(*serve, "serve", "mcp");
  if (table == nullptr) return config;
  reader.check_keys(*table, kMcpSection,
                    {"agents", "tools", "prompts", "instructions", "memory", "skills", "task_after",
                     "reconnect_after", "tasks", "resources"});
  config.agents = read_globs(reader, *table, "agents", {"*"});
  config.tools = read_globs(reader, *table, "tools", {});
  config.prompts = read_globs(reader, *table, "prompts", {});
  config.instructions = reader.text(*table, kMcpSection, "instructions");
  config.memory = read_switch(reader, *table, "memory", true);
  config.skills = read_switch(reader, *table, "skills", true);
  config.task_after =
      reader.duration(*table, kMcpSection, "task_after", true).value_or(config.task_after);
  config.reconnect_after =
      reader.duration(*table, kMcpSection, "reconnect_after").value_or(config.reconnect_after);
  read_task_rules(reader, *table, config);
  read_resources(reader, *table, config);
  config.line = line_of(*table);
  return config;
}

}  // namespace

Result<McpServeConfig> mcp_serve_config_of(const Config& config) {
  return section_of(config, &read_mcp_serve);
}

}  // namespace yoke
