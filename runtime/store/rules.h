#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/store/types.h"

// What every implementation of Store decides alike: pure functions and the sentences people read.
// Private to runtime/store.
namespace yoke::store_rules {

// So often may a run be adopted without a record of progress; then it is set aside.
inline constexpr int kTakeoversMax = 5;
inline constexpr std::string_view kTakeoversReason = "takeovers";
// A longer line of forks is refused: each read follows it.
inline constexpr int kForkDepthMax = 64;

Error no_such_run(std::string_view run_id);
Error run_exists(std::string_view run_id);
Error run_ended(std::string_view run_id, RunStatus status, std::string_view reason);
Error run_owned(std::string_view run_id, std::string_view owner);
Error taken_over(std::string_view run_id, std::int64_t fence, std::int64_t fence_now);
Error not_owned(std::string_view run_id);
Error not_the_head(std::string_view run_id, std::int64_t after_seq, std::int64_t head_seq);
Error no_such_key(std::string_view space, std::string_view key);
Error no_such_blob(const Hash& hash);
Error fork_out_of_range(const NewRun& run, std::int64_t head_seq);
Error forks_too_deep(std::string_view run_id);
Error opened_for_reading();
Error session_busy(std::string_view session, std::string_view run_id);
Error session_moved_on(std::string_view session);
Error not_ended(std::string_view run_id);
Error shared_with(std::string_view run_id, std::string_view fork);
Error followed_by(std::string_view run_id, std::string_view later);
Error no_such_outbox_row(std::int64_t id);
Error outbox_row_settled(std::int64_t id, OutboxState state);
Error outbox_row_unclaimed(std::int64_t id);
Error lease_lost();

// What a child that has ended tells its parent; none where it is nobody's call.
std::optional<InboxMessage> news_of_child(const RunRow& row, Micros now);

// What a claim of `row` comes to. `owner_alive` matters only while the run is owned.
enum class ClaimVerdict : std::uint8_t { take, adopt, quarantine, owned, ended };
ClaimVerdict judge_claim(const RunRow& row, bool owner_alive);

// Small, and above every fence of this run and of every earlier incarnation of the store.
std::int64_t next_fence(std::int64_t fence, std::int64_t epoch);

// Whether records up to `head_seq` count as progress since the claim at `claimed_at_seq`. The first
// one does not: it is the new owner saying that it took over.
bool is_progress(std::int64_t claimed_at_seq, std::int64_t head_seq);

// When a message of time `at` wakes a waiting run that meant to be woken at `ready_at` (0: never).
Micros woken_at(Micros ready_at, Micros at);

// The smallest text above every text that starts with `prefix`; none when there is no such text.
std::optional<std::string> after_prefix(std::string prefix);

// A budget as it is kept. What the ledger got since is counted when somebody asks.
struct KeptBudget {
  BudgetState state;
  std::int64_t counted = 0;  // the last row of the ledger that is in state.settled
};

std::int64_t amount_reserved(const BudgetKey& key, const OpenCall& call);

// Where the books stand before a transaction.
class Books {
 public:
  virtual ~Books() = default;
  virtual KeptBudget budget(const BudgetKey& key) = 0;  // with all that the ledger has
  virtual bool is_open(const std::string& call_id) = 0;
  virtual std::int64_t held(const std::string& call_id, const BudgetKey& key) = 0;
};

// The budgets of the calls that the moves open, as they stand after all of the moves; `counted` is
// left for whoever writes them. Calls that are open already are left out of `moves.opened`.
// Error: exhausted; the moves are as they were then.
using BudgetsAfter = std::map<BudgetKey, KeptBudget>;
Result<BudgetsAfter> weigh_moves(MoneyMoves& moves, Books& books);

// What a call that nobody can close any more leaves in the ledger.
LedgerRow closed_as_expected(const OpenCall& call, Micros now);

Error no_such_reply(std::string_view space);

// What stays of a run's summary when its content is erased: its figures.
Json bare_facts(const Json& summary);
inline constexpr std::string_view kErasedError = "its run was erased";  // of a row not sent by then

}  // namespace yoke::store_rules
