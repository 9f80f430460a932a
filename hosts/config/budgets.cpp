#include <algorithm>

#include "hosts/config/sections.h"

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::int64_t kTokensMax = 1'000'000'000'000;

const std::vector<std::string> kSpans = {"day", "month", "ever"};

struct BudgetKind {
  const char* key;
  const char* scope;
  const char* per;    // what it is when nothing is said
  bool may_say_per;   // the key itself says it otherwise
  const char* names;  // the table of those that have a budget of their own, or null
};
constexpr BudgetKind kKinds[] = {
    {"day", "all", "day", false, nullptr},
    {"month", "all", "month", false, nullptr},
    {"total", "all", "ever", false, nullptr},
    {"run", "run", "ever", false, nullptr},
    {"agent", "agent", "day", true, "agents"},
    {"tenant", "tenant", "day", true, "tenants"},
    {"session", "session", "ever", true, "sessions"},
    {"caller", "caller", "day", true, "callers"},
};

void read_usd(TomlReader& reader, const toml::table& table, const std::string& path,
              BudgetConfig& budget) {
  const toml::node* usd = table.get("usd");
  if (usd == nullptr) return;
  const std::optional<double> value = dollars_of(usd, kDollarsMax);
  if (value) {
    budget.usd = nano_from_double(*value);
  } else {
    reader.fail(*usd, "'" + path + "' must be { usd = NUMBER }, from 0 to 1000000");
  }
}

void read_tokens(TomlReader& reader, const toml::table& table, const std::string& path,
                 BudgetConfig& budget) {
  const toml::node* tokens = table.get("tokens");
  if (tokens == nullptr) return;
  const auto value = tokens->value_exact<std::int64_t>();
  if (value && *value >= 0 && *value <= kTokensMax) {
    budget.tokens = *value;
  } else {
    reader.fail(*tokens, "'" + path + ".tokens' must be a whole number from 0 to 1000000000000");
  }
}

void read_budget(TomlReader& reader, const toml::node& node, const std::string& path,
                 const BudgetKind& kind, const std::string& name, Config& config) {
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    return reader.fail(node, "'" + path + "' must be { usd = NUMBER }, from 0 to 1000000");
  }
  std::vector<std::string> known = {"usd", "tokens"};
  if (kind.may_say_per) known.push_back("per");
  reader.check_keys(*table, path, known);
  BudgetConfig budget;
  budget.scope = kind.scope;
  budget.name = name;
  budget.per = kind.per;
  budget.line = line_of(node);
  const std::string per = reader.text(*table, path, "per");
  if (!per.empty()) budget.per = per;
  if (std::find(kSpans.begin(), kSpans.end(), budget.per) == kSpans.end()) {
    reader.fail(*table->get("per"), "'" + path + ".per' must be \"day\", \"month\" or \"ever\"" +
                                        did_you_mean(per, kSpans));
  }
  read_usd(reader, *table, path, budget);
  read_tokens(reader, *table, path, budget);
  if (!budget.usd && !budget.tokens) {
    reader.fail(node, "'" + path + "' bounds nothing: give it usd or tokens");
  }
  config.budgets.push_back(std::move(budget));
}

void read_named(TomlReader& reader, const toml::table& budgets, const BudgetKind& kind,
                Config& config) {
  const toml::table* named = reader.table(budgets, "budgets", kind.names);
  if (named == nullptr) return;
  for (const auto& [name, node] : *named) {
    const std::string text(name.str());
    read_budget(reader, node, std::string("budgets.") + kind.names + "." + text, kind, text,
                config);
  }
}

}  // namespace

void read_budgets(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* budgets = reader.table(root, "", "budgets");
  if (budgets == nullptr) return;
  std::vector<std::string> known;
  for (const BudgetKind& kind : kKinds) {
    known.emplace_back(kind.key);
    if (kind.names != nullptr) known.emplace_back(kind.names);
  }
  reader.check_keys(*budgets, "budgets", known);
  for (const BudgetKind& kind : kKinds) {
    if (const toml::node* node = budgets->get(kind.key)) {
      read_budget(reader, *node, std::string("budgets.") + kind.key, kind, "", config);
    }
    if (kind.names != nullptr) read_named(reader, *budgets, kind, config);
  }
}

}  // namespace yoke
