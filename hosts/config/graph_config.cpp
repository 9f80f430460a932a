#include "hosts/config/graph_config.h"

#include <algorithm>

#include "hosts/config/section.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

// As manifests of declarative agents name them.
const std::vector<std::string> kGraphCapabilities = {
    "OneDriveAndSharePoint", "GraphConnectors", "TeamsMessages", "Email", "People", "Meetings"};

void read_graph_address(TomlReader& reader, const toml::table& table, GraphConfig& graph) {
  std::string address = reader.text(table, "graph", "base_url");
  while (address.ends_with("/")) address.pop_back();
  if (address.empty()) return;
  if (const Result<Url> parsed = parse_url(address); !parsed) {
    reader.fail(*table.get("base_url"), "'graph.base_url' must be an address such as \"" +
                                            std::string(kGraphAddress) +
                                            "\": " + parsed.error().detail);
    return;
  }
  graph.base_url = std::move(address);
  graph.is_written = true;
}

void read_graph_auth(TomlReader& reader, const toml::table& table, GraphConfig& graph) {
  const toml::table* auth = reader.table(table, "graph", "auth");
  if (auth == nullptr) {
    if (reader.failed()) return;
    reader.fail(table,
                "'graph.auth' is missing: how Microsoft Graph is signed in to, with issuer and "
                "client_id, or with kind = \"bearer\" and secret");
    return;
  }
  const std::string kind = (*auth)["kind"].value_or(std::string());
  graph.by_token = kind == "bearer";
  const bool unsaid = kind.empty() && auth->contains("secret");
  if (kind != "client_credentials" && kind != "none" && kind != "api_key" && !unsaid) return;
  reader.fail(*auth,
              "'graph.auth.kind' must be oauth or bearer: Microsoft Graph "
              "shows an agent what a person may see, who signs in");
}

}  // namespace

GraphConfig read_graph_config(TomlReader& reader, const toml::table& root) {
  GraphConfig graph;
  const toml::table* table = reader.table(root, "", "graph");
  if (table == nullptr) return graph;
  graph.is_there = true;
  graph.line = line_of(*table);
  reader.check_keys(*table, "graph", {"base_url", "allow_private", "capabilities", "auth"});
  read_graph_address(reader, *table, graph);
  if (const toml::node* node = table->get("allow_private")) {
    const auto value = node->value_exact<bool>();
    if (!value) reader.fail(*node, "'graph.allow_private' must be true or false");
    graph.allow_private = value.value_or(false);
  }
  graph.capabilities = kGraphCapabilities;
  if (const toml::node* node = table->get("capabilities")) {
    graph.capabilities = reader.texts(*table, "graph", "capabilities");
    for (const std::string& each : graph.capabilities) {
      if (std::find(kGraphCapabilities.begin(), kGraphCapabilities.end(), each) !=
          kGraphCapabilities.end()) {
        continue;
      }
      reader.fail(*node, "'graph.capabilities' has '" + printable(each) + "', which is none" +
                             did_you_mean(each, kGraphCapabilities) + "; there are " +
                             join(kGraphCapabilities, ", "));
    }
  }
  read_graph_auth(reader, *table, graph);
  return graph;
}

Result<GraphConfig> graph_config_of(const Config& config) {
  return section_of(config, &read_graph_config);
}

}  // namespace yoke
