#include "runtime/store/rules.h"

#include <algorithm>

#include "runtime/base/money.h"
#include "runtime/base/saturating.h"

namespace yoke::store_rules {
namespace {

std::string named(std::string_view run_id) { return "run " + std::string(run_id); }

// The budgets as they are while the operations of one append are weighed.
class Scale {
 public:
  explicit Scale(BudgetSource& source) : source_(source) {}

  Result<void> reserve(const BudgetOp& op) {
    std::optional<Reservation>& held = reservation(ReservationKey{op.reservation, op.scope});
    if (held) return {};  // reserved before: once is enough
    BudgetState& budget = state(BudgetKey{op.scope, op.window});
    const NanoUsd left = op.cap - budget.settled - budget.reserved;
    if (op.reserved > left) return refuse(op, left);
    budget.cap = op.cap;
    budget.reserved += op.reserved;
    held = Reservation{op.window, op.reserved};
    return {};
  }

  void settle(const BudgetOp& op) {
    std::optional<Reservation>& held = reservation(ReservationKey{op.reservation, op.scope});
    if (!held) {  // swept before: the money was spent all the same
      NanoUsd& settled = state(BudgetKey{op.scope, op.window}).settled;
      settled = saturating_add(settled, op.actual);
      return;
    }
    BudgetState& budget = state(BudgetKey{op.scope, held->window});
    const NanoUsd back = op.reserved > 0 ? std::min(op.reserved, held->amount) : held->amount;
    budget.reserved -= back;
    budget.settled = saturating_add(budget.settled, op.actual);
    held->amount -= back;
    if (held->amount == 0) held.reset();
  }

  BudgetChange take() { return std::move(change_); }

 private:
  static Error refuse(const BudgetOp& op, NanoUsd left) {
    return Error{Errc::exhausted, "the budget '" + op.scope + "' (" + op.window + ") of " +
                                      to_dollars(op.cap) + " has " +
                                      to_dollars(std::max<NanoUsd>(left, 0)) + " left; " +
                                      to_dollars(op.reserved) + " were asked for"};
  }

  BudgetState& state(const BudgetKey& key) {
    const auto [entry, added] = change_.budgets.try_emplace(key);
    if (added) entry->second = source_.budget(key);
    return entry->second;
  }

  std::optional<Reservation>& reservation(const ReservationKey& key) {
    const auto [entry, added] = change_.reservations.try_emplace(key);
    if (added) entry->second = source_.reservation(key);
    return entry->second;
  }

  BudgetSource& source_;
  BudgetChange change_;
};

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

Result<BudgetChange> weigh_budgets(const std::vector<BudgetOp>& operations, BudgetSource& source) {
  Scale scale(source);
  for (const BudgetOp& op : operations) {
    if (op.kind == BudgetOp::Kind::settle) {
      scale.settle(op);
      continue;
    }
    const Result<void> reserved = scale.reserve(op);
    if (!reserved) return reserved.error();
  }
  return scale.take();
}

}  // namespace yoke::store_rules
