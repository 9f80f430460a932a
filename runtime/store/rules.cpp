#include "runtime/store/rules.h"

#include <algorithm>

#include "runtime/base/money.h"
#include "runtime/base/saturating.h"

namespace yoke::store_rules {
namespace {

std::string named(std::string_view run_id) { return "run " + std::string(run_id); }

// What there is to do about a budget that is used up.
std::string mend_for(const BudgetKey& key, const std::string& place) {
  const std::string raise = place.empty() ? "raise it" : "raise it in " + place;
  const std::string anew = anew_text(key);
  return anew.empty() ? raise : raise + ", or go on when it begins anew at " + anew;
}

// What costs nothing needs no room.
Result<void> find_room(const BudgetClaim& claim, const BudgetState& state, std::int64_t amount) {
  const BudgetKey& key = claim.budget;
  const std::int64_t taken = saturating_add(state.settled, state.reserved);
  if (amount <= 0 || saturating_add(taken, amount) <= claim.cap) return {};
  const auto text = [&](std::int64_t each) { return amount_text(key.unit, each); };
  return Error{Errc::exhausted,
               words_for(key) + " is " + text(claim.cap) + ": " + text(state.settled) + " spent, " +
                   text(state.reserved) + " reserved by calls in flight, and this " +
                   "call may come to " + text(amount) + "; " + mend_for(key, claim.place)};
}

// The budget after what the moves close and spend, before what they open.
KeptBudget after_closings(const MoneyMoves& moves, const BudgetKey& key, Books& books) {
  KeptBudget kept = books.budget(key);
  BudgetState& state = kept.state;
  for (const std::string& call_id : moves.closed) state.reserved -= books.held(call_id, key);
  for (const LedgerRow& row : moves.ledger) {
    if (!counts_in(key, row)) continue;
    state.settled = saturating_add(state.settled, amount_of(key.unit, row));
  }
  return kept;
}

}  // namespace

Error no_such_run(std::string_view run_id) {
  return Error{Errc::not_found, "no run '" + std::string(run_id) + "'"};
}

Error run_exists(std::string_view run_id) {
  return Error{Errc::conflict, named(run_id) + " exists already"};
}

Error run_ended(std::string_view run_id, RunStatus status, std::string_view reason) {
  std::string detail = named(run_id) + " has ended: " + std::string(name_of(status));
  if (!reason.empty()) detail += " (" + std::string(reason) + ")";
  return Error{Errc::conflict, std::move(detail)};
}

Error run_owned(std::string_view run_id, std::string_view owner) {
  return Error{Errc::conflict, named(run_id) + " is driven by node '" + std::string(owner) + "'"};
}

Error taken_over(std::string_view run_id, std::int64_t fence, std::int64_t fence_now) {
  return Error{Errc::fenced, named(run_id) + " has another owner: its fence is " +
                                 std::to_string(fence_now) + ", not " + std::to_string(fence)};
}

Error not_owned(std::string_view run_id) {
  return Error{Errc::fenced, named(run_id) + " is not owned: its ownership has ended"};
}

Error not_the_head(std::string_view run_id, std::int64_t after_seq, std::int64_t head_seq) {
  return Error{Errc::fenced, named(run_id) + " ends with record " + std::to_string(head_seq) +
                                 ", not " + std::to_string(after_seq)};
}

Error no_such_key(std::string_view space, std::string_view key) {
  return Error{Errc::not_found,
               "no value '" + std::string(key) + "' in '" + std::string(space) + "'"};
}

Error no_such_blob(const Hash& hash) {
  return Error{Errc::not_found, "no content with hash " + to_hex(hash)};
}

Error fork_out_of_range(const NewRun& run, std::int64_t head_seq) {
  return Error{Errc::invalid, named(run.fork_run) + " has records 1 to " +
                                  std::to_string(head_seq) + ": it cannot be forked at " +
                                  std::to_string(run.fork_seq)};
}

Error forks_too_deep(std::string_view run_id) {
  return Error{Errc::too_large, named(run_id) + " is at the end of " +
                                    std::to_string(kForkDepthMax) +
                                    " forks of forks, which is the most there may be"};
}

Error opened_for_reading() { return Error{Errc::denied, "the store was opened for reading only"}; }

Error session_busy(std::string_view session, std::string_view run_id) {
  return Error{Errc::conflict,
               "the session '" + std::string(session) + "' is busy with " + named(run_id),
               "session"};
}

Error session_moved_on(std::string_view session) {
  return Error{Errc::conflict, "the session '" + std::string(session) + "' has moved on", "after"};
}

Error not_ended(std::string_view run_id) {
  return Error{Errc::conflict, named(run_id) + " has not ended: cancel it first"};
}

Error shared_with(std::string_view run_id, std::string_view fork) {
  return Error{Errc::conflict, named(run_id) + " shares its records with its fork " +
                                   std::string(fork) + ": erase that one first"};
}

Error followed_by(std::string_view run_id, std::string_view later) {
  return Error{Errc::conflict, named(run_id) + " is what " + named(later) +
                                   " of its session goes on from, which has not ended"};
}

Error no_such_outbox_row(std::int64_t id) {
  return Error{Errc::not_found, "no row " + std::to_string(id) + " in the outbox"};
}

Error outbox_row_settled(std::int64_t id, OutboxState state) {
  return Error{Errc::conflict, "row " + std::to_string(id) +
                                   " of the outbox is settled: " + std::string(name_of(state))};
}

Error outbox_row_unclaimed(std::int64_t id) {
  return Error{Errc::conflict,
               "row " + std::to_string(id) + " of the outbox is not claimed by this process"};
}

Error lease_lost() {
  return Error{Errc::fenced, "this node has lost the store to another process"};
}

ClaimVerdict judge_claim(const RunRow& row, bool owner_alive) {
  if (is_final(row.status)) return ClaimVerdict::ended;
  if (row.status != RunStatus::owned) return ClaimVerdict::take;
  if (owner_alive) return ClaimVerdict::owned;
  return row.takeovers + 1 > kTakeoversMax ? ClaimVerdict::quarantine : ClaimVerdict::adopt;
}

std::int64_t next_fence(std::int64_t fence, std::int64_t epoch) {
  return std::max(fence + 1, epoch);
}

bool is_progress(std::int64_t claimed_at_seq, std::int64_t head_seq) {
  return head_seq > claimed_at_seq + 1;
}

Micros woken_at(Micros ready_at, Micros at) {
  const Micros soon = std::max<Micros>(at, 1);
  return ready_at == 0 ? soon : std::min(ready_at, soon);
}

std::optional<std::string> after_prefix(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

std::int64_t amount_reserved(const BudgetKey& key, const OpenCall& call) {
  return std::max<std::int64_t>(0, amount_of(key.unit, call.expected));
}

Result<BudgetsAfter> weigh_moves(MoneyMoves& moves, Books& books) {
  BudgetsAfter budgets;
  std::vector<OpenCall> fresh;
  for (const OpenCall& call : moves.opened) {
    if (books.is_open(call.id)) continue;
    for (const BudgetClaim& claim : call.budgets) {
      const auto [entry, added] = budgets.try_emplace(claim.budget);
      BudgetState& state = entry->second.state;
      if (added) entry->second = after_closings(moves, claim.budget, books);
      const std::int64_t amount = amount_reserved(claim.budget, call);
      const Result<void> room = find_room(claim, state, amount);
      if (!room) return room.error();
      state.cap = claim.cap;
      state.reserved += amount;
    }
    fresh.push_back(call);
  }
  moves.opened = std::move(fresh);
  return budgets;
}

LedgerRow closed_as_expected(const OpenCall& call, Micros now) {
  LedgerRow row = call.expected;
  row.estimated = true;
  row.at = std::max(now, row.opened_at);
  return row;
}

Json bare_facts(const Json& summary) {
  Json facts = Json::object();
  for (const auto& [name, value] : summary.items()) {
    if (value.is_number() || value.is_boolean()) facts[name] = value;
  }
  return facts;
}

Error no_such_reply(std::string_view space) {
  return Error{Errc::not_found, "no kept reply to this in '" + std::string(space) + "'"};
}

}  // namespace yoke::store_rules
