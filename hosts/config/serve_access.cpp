#include "hosts/config/sections.h"
#include "hosts/config/tenant_name.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

AnswersConfig read_rule(TomlReader& reader, const toml::table& table) {
  const std::string path = "serve.answers";
  reader.check_keys(table, path, {"agents", "groups", "not_requester"});
  AnswersConfig rule;
  if (table.contains("agents")) rule.agents = reader.texts(table, path, "agents");
  rule.groups = reader.texts(table, path, "groups");
  if (const toml::node* node = table.get("not_requester")) {
    const auto value = node->value_exact<bool>();
    if (!value) reader.fail(*node, "'" + path + ".not_requester' is true or false");
    rule.not_requester = value.value_or(false);
  }
  rule.line = line_of(table);
  if (rule.agents.empty()) reader.fail(table, "'" + path + ".agents' names no agent");
  if (rule.groups.empty() && !rule.not_requester) {
    reader.fail(table, "'" + path + "' holds nobody back: say groups = [\"…\"], " +
                           "not_requester = true, or both");
  }
  return rule;
}

void read_answers(TomlReader& reader, const toml::table& serve, ServeConfig& config) {
  const toml::node* node = serve.get("answers");
  if (node == nullptr) return;
  const toml::array* rules = node->as_array();
  if (rules == nullptr || !rules->is_homogeneous(toml::node_type::table)) {
    return reader.fail(*node,
                       "'serve.answers' is written as [[serve.answers]], once for each rule");
  }
  for (const toml::node& each : *rules) {
    config.answers.push_back(read_rule(reader, *each.as_table()));
  }
}

void read_audiences(TomlReader& reader, const toml::table& table, OidcConfig& oidc) {
  const toml::node* node = table.get("audience");
  if (node != nullptr && node->is_array()) {
    oidc.audiences = reader.texts(table, "serve.oidc", "audience");
  } else if (node != nullptr) {
    oidc.audiences = {reader.text(table, "serve.oidc", "audience")};
  }
  const bool sound = !oidc.audiences.empty() && !oidc.audiences.front().empty();
  if (sound) return;
  reader.fail(table,
              "'serve.oidc.audience' is missing: without it a token made for another program "
              "would let its holder in here");
}

void read_scopes(TomlReader& reader, const toml::table& table, OidcConfig& oidc) {
  const toml::table* scopes = reader.table(table, "serve.oidc", "scopes");
  if (scopes == nullptr) {
    return reader.fail(table,
                       "'serve.oidc.scopes' is missing: it says what members of a group may do, "
                       "as \"team\" = [\"read\", \"run\"]; \"*\" is everybody");
  }
  for (const auto& [group, node] : *scopes) {
    const std::string name(group.str());
    oidc.scopes[name] = reader.texts(*scopes, "serve.oidc.scopes", name.c_str());
  }
}

// How often each user may ask and what they may spend; written as of a key.
void read_bounds(TomlReader& reader, const toml::table& table, OidcConfig& oidc) {
  const std::string path = "serve.oidc";
  if (table.contains("rate")) oidc.rate = reader.text(table, path, "rate");
  const toml::node* budget = table.get("budget");
  if (budget == nullptr) return;
  if (budget->is_array()) {
    oidc.budgets = reader.texts(table, path, "budget");
  } else {
    oidc.budgets = split(reader.text(table, path, "budget"), ',');
  }
  oidc.budget_line = line_of(*budget);
}

void read_oidc(TomlReader& reader, const toml::table& serve, ServeConfig& config) {
  const toml::table* table = reader.table(serve, "serve", "oidc");
  if (table == nullptr) return;
  const std::string path = "serve.oidc";
  reader.check_keys(*table, path,
                    {"issuer", "audience", "jwks", "tenant", "tenant_claim", "groups_claim",
                     "name_claim", "skew", "scopes", "rate", "budget"});
  OidcConfig oidc;
  oidc.issuer = reader.text(*table, path, "issuer");
  oidc.jwks = reader.text(*table, path, "jwks");
  if (oidc.issuer.empty()) reader.fail(*table, "'" + path + ".issuer' is missing");
  read_audiences(reader, *table, oidc);
  const auto text = [&](const char* key, std::string& to) {
    if (table->contains(key)) to = reader.text(*table, path, key);
  };
  text("tenant", oidc.tenant);
  text("tenant_claim", oidc.tenant_claim);
  text("groups_claim", oidc.groups_claim);
  text("name_claim", oidc.name_claim);
  if (table->contains("tenant") && table->contains("tenant_claim")) {
    reader.fail(*table->get("tenant"), "'" + path + "' has tenant and tenant_claim: keep one");
  }
  if (!is_tenant_name(oidc.tenant)) {
    reader.fail(*table->get("tenant"),
                "'" + path + ".tenant': a tenant's name is " + std::string(kTenantNameRule));
  }
  oidc.skew = reader.duration(*table, path, "skew", true).value_or(oidc.skew);
  read_scopes(reader, *table, oidc);
  read_bounds(reader, *table, oidc);
  oidc.line = line_of(*table);
  config.oidc = std::move(oidc);
}

}  // namespace

void read_serve_access(TomlReader& reader, const toml::table& serve, ServeConfig& config) {
  read_answers(reader, serve, config);
  read_oidc(reader, serve, config);
}

}  // namespace yoke
