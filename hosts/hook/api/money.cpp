#include <map>

#include "hosts/app/budget_report.h"
#include "hosts/app/settings.h"
#include "hosts/app/spend_report.h"
#include "hosts/hook/api/api_context.h"
#include "hosts/hook/api/start.h"
#include "hosts/hook/visible.h"
#include "runtime/store/spend.h"

// GET /v1/spend and /v1/budgets: what the tenant spent, from the ledger, and how its budgets stand.
namespace yoke {
namespace {

struct Spent {
  std::map<std::string, SpendSum> rows;
  SpendSum total;
};

awaitable<Spent> spent_by(ApiRef api, Principal who, SpendBy by, LedgerFilter filter) {
  Spent spent;
  while (true) {
    const LedgerPage page = co_await api->services.app.store().ledger(filter);
    for (const LedgerRow& row : page.rows) {
      if (!may_see(who, owner_of(row))) continue;
      spent.rows[spend_name(by, row)].add(row);
      spent.total.add(row);
    }
    if (static_cast<int>(page.rows.size()) < filter.limit) co_return spent;
    filter.after = page.last;
  }
}

std::variant<Refusal, LedgerFilter> span_of(const ApiContext& api, const AskedOf& asked) {
  LedgerFilter filter;
  filter.since = range_of(window_of(BudgetSpan::month, api.services.wall.now()))->from;
  for (const char* name : {"since", "until"}) {
    const std::string text = string_at(asked.query, name);
    if (text.empty()) continue;
    const Result<Micros> time = time_from_text(text);
    if (!time) return refusal_with(422, "invalid", time.error().message(), name);
    (std::string_view(name) == "since" ? filter.since : filter.until) = *time;
  }
  if (filter.until == 0 || filter.until > filter.since) return filter;
  return refusal_with(422, "invalid", "'until' is not after 'since'", "until");
}

awaitable<HttpReply> spend(ApiRef api, AskedOf asked) {
  std::variant<Refusal, LedgerFilter> span = span_of(*api, asked);
  if (const auto* refusal = std::get_if<Refusal>(&span)) co_return problem(*refusal);
  LedgerFilter filter = std::get<LedgerFilter>(span);
  filter.tenant = asked.call.who.tenant;
  const std::string by = string_at(asked.query, "by", "model");
  const SpendBy key = spend_by_from(by).value_or(SpendBy::model);
  const Spent spent = co_await spent_by(api, asked.call.who, key, filter);
  Json body{{"by", by}, {"since", to_iso8601(filter.since)}, {"rows", Json::array()}};
  if (filter.until != 0) body["until"] = to_iso8601(filter.until);
  for (const auto& [name, sum] : spent.rows) {
    Json& row = body["rows"].emplace_back(to_json(sum));
    row["name"] = name;
  }
  body["total"] = to_json(spent.total);
  co_return json_reply(200, body);
}

// The budgets that count their tenant alone: what others draw on is not told. Who sees but a part
// of the runs is told of the whole and of their own.
bool is_of(const Principal& who, const BudgetKey& key) {
  if (key.scope == "tenant:" + who.tenant) return true;
  if (is_bound(who)) return key.scope == caller_scope(who.tenant, who.name);
  return key.scope.starts_with("session:" + who.tenant + "/") ||
         key.scope.starts_with("caller:" + who.tenant + "/");
}

awaitable<HttpReply> budgets(ApiRef api, AskedOf asked) {
  Store& store = api->services.app.store();
  const std::vector<BudgetRow> rows = co_await store.budgets();
  const std::vector<BudgetRule> rules = api->services.app.budgets();
  std::vector<BudgetLine> mine;
  for (BudgetLine& line : budgets_in_force(rules, rows, api->services.wall.now())) {
    if (is_of(asked.call.who, line.key)) mine.push_back(std::move(line));
  }
  for (BudgetLine& line : mine) {  // one that nobody drew on counts the ledger all the same
    BudgetKey key = line.key;
    const BudgetState state = co_await store.budget(std::move(key));
    line.state.settled = state.settled;
    line.state.reserved = state.reserved;
  }
  Json body{{"budgets", budgets_json(mine)}};
  for (Json& row : body["budgets"]) row.erase("place");  // of the operator's file
  co_return json_reply(200, body);
}

Operation spend_operation() {
  Json kinds = Json::array();
  for (const std::string_view name : kSpendByNames) {
    if (name != "tenant") kinds.push_back(name);
  }
  const Json text{{"type", "string"}, {"maxLength", 40}};
  const Json by{{"type", "string"}, {"enum", kinds}, {"default", "model"}};
  Operation operation("getSpend", "money", "What the tenant's model calls cost");
  operation.query("by", by, "What to sum up by.")
      .query("since", text, "From here: 2026-11-21, 2026-11 or a time; left out: this month's.")
      .query("until", text, "To before here.")
      .answers(200, "Spend", "Sums of the ledger.")
      .fails({422});
  return operation;
}

}  // namespace

void add_money_endpoints(const ApiRef& api, Endpoints& endpoints) {
  endpoints.push_back(
      api_endpoint(api, {"GET", "/v1/spend", Scope::read}, spend_operation(), spend));
  Operation of_budgets("listBudgets", "money", "How the tenant's budgets stand");
  of_budgets.says("Those of the tenant, of its sessions and of its callers.")
      .answers(200, "BudgetList", "The budgets that are in force now.");
  endpoints.push_back(api_endpoint(api, {"GET", "/v1/budgets", Scope::read}, of_budgets, budgets));
}

}  // namespace yoke
