#include "hosts/config/mcp_config.h"

#include <algorithm>
#include <filesystem>

#include "hosts/config/named_sections.h"
#include "hosts/config/section.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr const char* kListedMax = "listed_max";
constexpr std::int64_t kListedMaxMost = 1'000;

bool mcp_flag(TomlReader& reader, const toml::table& table, const std::string& path,
              const char* key, bool usual) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return usual;
  const auto value = node->value_exact<bool>();
  if (!value) reader.fail(*node, "'" + path + "." + key + "' must be true or false");
  return value.value_or(usual);
}

void check_way(TomlReader& reader, const toml::table& table, const std::string& path,
               const McpConfig& server) {
  const bool web = server.url.starts_with("https://") || server.url.starts_with("http://");
  if (server.command.empty() == server.url.empty()) {
    reader.fail(table, "'" + path + "' needs either command = [\"PROGRAM\", …], a server that is " +
                           "started here, or url = \"https://…\"");
  } else if (!server.url.empty() && !web) {
    reader.fail(*table.get("url"),
                "'" + path + ".url' must be an address such as \"https://mcp.example.com/mcp\"");
  }
  if (server.sampling == "off" || server.sampling == "ask" || server.sampling == "allow") return;
  reader.fail(*table.get("sampling"),
              "'" + path + ".sampling' must be \"off\", \"ask\" or \"allow\": whether the server " +
                  "may ask a model at the run's cost");
}

McpConfig read_mcp_server(TomlReader& reader, const toml::table& table, const std::string& name) {
  const std::string path = "mcp." + name;
  reader.check_keys(table, path,
                    {"command", "env", "cwd", "url", "headers", "auth", "timeout", "tools", "roots",
                     "trust_annotations", "sampling", "listed", "allow_private", "disabled"});
  McpConfig server;
  server.name = name;
  server.place = "yoke.toml:" + std::to_string(line_of(table));
  if (table.contains("command")) server.command = reader.texts(table, path, "command");
  server.env = reader.text_map(table, path, "env");
  server.cwd = reader.text(table, path, "cwd");
  server.url = reader.text(table, path, "url");
  server.headers = reader.text_map(table, path, "headers");
  server.timeout = reader.duration(table, path, "timeout");
  if (table.contains("tools")) server.tools = reader.texts(table, path, "tools");
  if (table.contains("roots")) server.roots = reader.texts(table, path, "roots");
  server.trusts_annotations = mcp_flag(reader, table, path, "trust_annotations", false);
  server.allow_private = mcp_flag(reader, table, path, "allow_private", false);
  server.enabled = !mcp_flag(reader, table, path, "disabled", false);
  if (table.contains("listed")) server.listed = mcp_flag(reader, table, path, "listed", true);
  if (table.contains("sampling")) server.sampling = reader.text(table, path, "sampling");
  check_way(reader, table, path, server);
  return server;
}

}  // namespace

std::vector<McpConfig> read_mcp_config(TomlReader& reader, const toml::table& root) {
  const SectionKind kind{"mcp", "a server", "{ url = \"https://…\" }", {kListedMax}};
  read_mcp_listing(reader, root);
  return named_sections<McpConfig>(reader, root, kind,
                                   [&](const toml::table& table, const std::string& name) {
                                     return read_mcp_server(reader, table, name);
                                   });
}

McpListing read_mcp_listing(TomlReader& reader, const toml::table& root) {
  McpListing listing;
  const toml::table* servers = reader.table(root, "", "mcp");
  if (servers == nullptr) return listing;
  const auto most = reader.whole(*servers, "mcp", kListedMax, 0, kListedMaxMost);
  if (most) listing.listed_max = static_cast<std::size_t>(*most);
  return listing;
}

Result<McpListing> mcp_listing_of(const Config& config) {
  return section_of(config, &read_mcp_listing);
}

Result<std::vector<McpConfig>> mcp_config_of(const Config& config, std::vector<Error>& problems) {
  Result<std::vector<McpConfig>> servers = section_of(config, &read_mcp_config);
  if (!servers) return servers;
  const std::string file = config.project_dir + "/.mcp.json";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return servers;
  const Result<std::string> text = read_file(file);
  if (!text) {
    problems.push_back(text.error());
    return servers;
  }
  Result<std::vector<McpConfig>> others = read_mcp_json(config, *text, problems);
  if (!others) {
    problems.push_back(others.error());
    return servers;
  }
  for (McpConfig& other : *others) {
    const auto taken = [&](const McpConfig& one) { return one.name == other.name; };
    if (std::ranges::none_of(*servers, taken)) servers->push_back(std::move(other));
  }
  return servers;
}

}  // namespace yoke
