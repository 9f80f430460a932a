#include <algorithm>

#include "hosts/config/tenant_name.h"
#include "hosts/keys/key_record.h"
#include "runtime/base/text.h"

// Keys as JSON: as they are stored, shown and asked for.
namespace yoke {
namespace {

constexpr std::size_t kListMax = 64;
constexpr std::size_t kWordBytesMax = 256;

const std::vector<std::string> kOrderFields = {"name",   "tenant", "scopes", "expires", "rate",
                                               "budget", "groups", "agents", "models",  "by"};

Error wrong(const std::string& what) { return Error{Errc::invalid, what}; }

std::string known_scopes() {
  std::vector<std::string> names;
  for (int i = 0; i < kScopes; ++i) names.emplace_back(name_of(static_cast<Scope>(i)));
  return join(names, ", ");
}

Json scopes_json(const Scopes& scopes) {
  Json names = Json::array();
  for (int i = 0; i < kScopes; ++i) {
    const auto scope = static_cast<Scope>(i);
    if (scopes.has(scope)) names.push_back(name_of(scope));
  }
  return names;
}

Result<Scopes> scopes_in(const std::vector<std::string>& names) {
  Scopes scopes;
  for (const std::string& name : names) {
    const std::optional<Scope> scope = scope_from_name(name);
    if (name == "all") {
      scopes = Scopes::all();
    } else if (scope) {
      scopes.add(*scope);
    } else {
      return wrong("scopes: there is no '" + printable(shorten(name, 40)) + "'; there are " +
                   known_scopes() + " and all");
    }
  }
  return scopes;
}

// A list of texts, none of them empty; empty when it is absent.
Result<std::vector<std::string>> texts_in(const Json& order, const char* field) {
  std::vector<std::string> out;
  const Json& list = member_at(order, field);
  if (list.is_null()) return out;
  if (!list.is_array() || list.size() > kListMax) {
    return wrong(std::string(field) + ": a list of at most " + std::to_string(kListMax) + " texts");
  }
  for (const Json& each : list) {
    const auto* text = each.get_ptr<const std::string*>();
    if (text == nullptr || text->empty() || text->size() > kWordBytesMax) {
      return wrong(std::string(field) + ": each is a text of 1 to " +
                   std::to_string(kWordBytesMax) + " bytes");
    }
    out.push_back(*text);
  }
  return out;
}

Result<void> take_lists(const Json& order, KeyRecord& record) {
  Result<std::vector<std::string>> scopes = texts_in(order, "scopes");
  if (!scopes) return scopes.error();
  if (scopes->empty()) *scopes = {"read", "run", "answer", "models"};
  const Result<Scopes> known = scopes_in(*scopes);
  if (!known) return known.error();
  record.scopes = *known;
  struct {
    const char* field;
    std::vector<std::string>& list;
  } const lists[] = {
      {"groups", record.groups}, {"agents", record.agents}, {"models", record.models}};
  for (const auto& [field, list] : lists) {
    Result<std::vector<std::string>> texts = texts_in(order, field);
    if (!texts) return texts.error();
    list = std::move(*texts);
  }
  return {};
}

Result<void> take_bounds(const Json& order, Micros now, KeyRecord& record) {
  if (const std::string expires = string_at(order, "expires"); !expires.empty()) {
    if (expires.find_first_not_of("0123456789.") == std::string::npos) {
      return wrong("expires: '" + printable(shorten(expires, 40)) +
                   "' has no unit: write 90d for days, 12h for hours");
    }
    const auto span = parse_duration(expires);
    if (!span) return wrong("expires: " + span.error().detail);
    if (span->count() <= 0) return wrong("expires: '" + expires + "' is no time ahead");
    record.expires_at = now + std::chrono::microseconds(*span).count();
  }
  if (const std::string text = string_at(order, "rate"); !text.empty()) {
    const Result<KeyRate> rate = key_rate(text);
    if (!rate) return wrong("rate: " + rate.error().detail);
    record.rate = *rate;
  }
  const std::string text = string_at(order, "budget");
  if (text.empty()) return {};
  Result<std::vector<KeyBudget>> budgets = key_budgets(split(text, ','));
  if (!budgets) return wrong("budget: " + budgets.error().detail);
  record.budgets = std::move(*budgets);
  return {};
}

Json bounds_json(const KeyRecord& record) {
  Json value = Json::object();
  if (record.rate) value["rate"] = to_text(*record.rate);
  Json budgets = Json::array();
  for (const KeyBudget& budget : record.budgets) {
    budgets.push_back({{"unit", budget.unit == BudgetUnit::usd ? "usd" : "tokens"},
                       {"cap", budget.cap},
                       {"per", name_of(budget.span)}});
  }
  if (!budgets.empty()) value["budgets"] = std::move(budgets);
  return value;
}

Result<std::vector<KeyBudget>> budgets_in(const Json& list) {
  std::vector<KeyBudget> budgets;
  for (const Json& each : list) {
    KeyBudget& budget = budgets.emplace_back();
    budget.unit = string_at(each, "unit") == "usd" ? BudgetUnit::usd : BudgetUnit::tokens;
    budget.cap = integer_at(each, "cap");
    for (const BudgetSpan span : {BudgetSpan::day, BudgetSpan::month, BudgetSpan::ever}) {
      if (name_of(span) == string_at(each, "per")) budget.span = span;
    }
  }
  return budgets;
}

}  // namespace

Json stored_json(const KeyRecord& record) {
  Json value = bounds_json(record);
  value["name"] = record.name;
  value["tenant"] = record.tenant;
  value["scopes"] = scopes_json(record.scopes);
  if (!record.groups.empty()) value["groups"] = record.groups;
  if (!record.agents.empty()) value["agents"] = record.agents;
  if (!record.models.empty()) value["models"] = record.models;
  value["hash"] = to_hex(record.hash);
  value["created_at"] = record.created_at;
  value["created_by"] = record.created_by;
  value["expires_at"] = record.expires_at;
  value["revoked_at"] = record.revoked_at;
  value["revoked_by"] = record.revoked_by;
  return value;
}

Result<KeyRecord> record_from_stored(const std::string& id, const Json& value) {
  KeyRecord record;
  record.id = id;
  record.name = string_at(value, "name");
  record.tenant = string_at(value, "tenant");
  const Result<Hash> hash = hash_from_hex(string_at(value, "hash"));
  if (!hash || record.name.empty() || !is_tenant_name(record.tenant)) {
    return wrong("the record of key " + id + " in the store is damaged");
  }
  record.hash = *hash;
  const Result<void> lists = take_lists(value, record);
  if (!lists) return lists.error();
  if (const std::string rate = string_at(value, "rate"); !rate.empty()) {
    const Result<KeyRate> known = key_rate(rate);
    if (!known) return known.error();
    record.rate = *known;
  }
  Result<std::vector<KeyBudget>> budgets = budgets_in(member_at(value, "budgets"));
  if (!budgets) return budgets.error();
  record.budgets = std::move(*budgets);
  record.created_at = integer_at(value, "created_at");
  record.created_by = string_at(value, "created_by");
  record.expires_at = integer_at(value, "expires_at");
  record.revoked_at = integer_at(value, "revoked_at");
  record.revoked_by = string_at(value, "revoked_by");
  return record;
}

Json shown_json(const KeyRecord& record, Micros now, Micros last_used) {
  const auto time = [](Micros at) { return at == 0 ? Json(nullptr) : Json(to_iso8601(at)); };
  Json value = bounds_json(record);
  value["id"] = record.id;
  value["name"] = record.name;
  value["tenant"] = record.tenant;
  value["state"] = record.state(now);
  value["scopes"] = scopes_json(record.scopes);
  value["groups"] = record.groups;
  value["agents"] = record.agents;
  value["models"] = record.models;
  value["created_at"] = time(record.created_at);
  value["created_by"] = record.created_by;
  value["expires_at"] = time(record.expires_at);
  value["last_used"] = time(last_used);
  if (record.revoked_at != 0) {
    value["revoked_at"] = time(record.revoked_at);
    value["revoked_by"] = record.revoked_by;
  }
  return value;
}

Result<KeyRecord> record_of_order(const Json& order, Micros now) {
  if (!order.is_object()) return wrong("a key is asked for by an object");
  for (const auto& [field, value] : order.items()) {
    if (std::find(kOrderFields.begin(), kOrderFields.end(), field) == kOrderFields.end()) {
      return wrong("unknown field '" + printable(shorten(field, 40)) + "'" +
                   did_you_mean(field, kOrderFields));
    }
    const bool is_list =
        field == "scopes" || field == "groups" || field == "agents" || field == "models";
    if (!is_list && !value.is_string()) return wrong(field + ": a text");
  }
  KeyRecord record;
  record.name = string_at(order, "name");
  if (!is_tenant_name(record.name)) {
    return wrong("a key's name is " + std::string(kTenantNameRule));
  }
  record.tenant = string_at(order, "tenant", kLocalTenant);
  if (!is_tenant_name(record.tenant)) {
    return wrong("tenant: a name is " + std::string(kTenantNameRule));
  }
  record.created_at = now;
  record.created_by = shorten(string_at(order, "by"), kWordBytesMax);
  const Result<void> lists = take_lists(order, record);
  if (!lists) return lists.error();
  const Result<void> bounds = take_bounds(order, now, record);
  if (!bounds) return bounds.error();
  return record;
}

}  // namespace yoke
