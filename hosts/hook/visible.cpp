#include "hosts/hook/visible.h"

#include <algorithm>
#include <array>

#include "hosts/hook/mcp/names.h"
#include "hosts/hook/talk.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::array<std::string_view, 4> kWires = {kChatWire, kResponsesWire, kMessagesWire,
                                                    mcp_hook::kWire};
constexpr int kPage = 200;
constexpr std::size_t kShownMax = 80;

Error no_such_run(const std::string& run_id) {
  return Error{Errc::not_found, "no run '" + printable(run_id) + "'"};
}

}  // namespace

RunOwner owner_of(const RunRow& row) { return {row.tenant, row.agent, row.by}; }
RunOwner owner_of(const RunState& state) { return {state.tenant, state.agent, state.caller}; }
RunOwner owner_of(const LedgerRow& row) { return {row.tenant, row.agent, row.caller}; }

bool is_wire(std::string_view agent) {
  return std::find(kWires.begin(), kWires.end(), agent) != kWires.end();
}

bool is_bound(const Principal& who) { return !who.agents.empty() || !who.models.empty(); }

bool may_see(const Principal& who, const RunOwner& owner) {
  if (owner.tenant != who.tenant) return false;
  if (!is_bound(who)) return true;
  // Vectors are made without an agent, and booked so.
  const bool by_itself = owner.agent.empty() || is_wire(owner.agent);
  return by_itself ? owner.caller == who.name : may_use_agent(who, owner.agent);
}

awaitable<Result<RunRow>> find_visible(Store& store, Principal who, std::string run_id) {
  if (!is_ulid(run_id)) co_return no_such_run(run_id);
  Result<RunRow> row = co_await store.get(run_id);
  if (!row && row.error().code != Errc::not_found) co_return row.error();
  if (!row || !may_see(who, owner_of(*row))) co_return no_such_run(run_id);
  co_return std::move(*row);
}

awaitable<bool> may_see_run(Store& store, Principal who, std::string run_id) {
  if (!is_bound(who)) co_return true;
  const Result<RunRow> row = co_await find_visible(store, std::move(who), std::move(run_id));
  co_return row.has_value();
}

Refusal hidden_session(const std::string& session) {
  return {403, "denied",
          "the session '" + shorten(printable(session), kShownMax) +
              "' is in use by others of this tenant: take another name",
          "session.denied", "session"};
}

awaitable<bool> may_see_session(Store& store, Principal who, std::string session) {
  if (!is_bound(who) || session.empty()) co_return true;
  RunFilter filter;
  filter.tenant = who.tenant;
  filter.session = std::move(session);
  filter.limit = kPage;
  while (true) {
    const std::vector<RunRow> rows = co_await store.list(filter);
    const bool all = std::all_of(rows.begin(), rows.end(),
                                 [&](const RunRow& row) { return may_see(who, owner_of(row)); });
    if (!all) co_return false;
    if (static_cast<int>(rows.size()) < kPage) co_return true;
    filter.before = rows.back().run_id;
  }
}

}  // namespace yoke
