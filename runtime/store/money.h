#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/money.h"
#include "runtime/base/time.h"

// Money as the store keeps it: budgets, what is reserved in them, calls in flight, the ledger.
namespace yoke {

enum class BudgetUnit : std::uint8_t {
  usd,     // nano-dollars
  tokens,  // input and output together
};

// Whose calls a budget counts, over what time and in what unit. A call counts in the windows in
// which it was opened, however long it takes.
struct BudgetKey {
  // "all", "agent:NAME", "tenant:NAME", "session:TENANT/NAME", "caller:TENANT/NAME", "run:ID"
  std::string scope;
  std::string window;  // "day:2026-11-21", "month:2026-11", both UTC, or "ever"
  BudgetUnit unit = BudgetUnit::usd;

  auto operator<=>(const BudgetKey&) const = default;
};

enum class BudgetSpan : std::uint8_t { day, month, ever };
std::string_view name_of(BudgetSpan span);
std::string window_of(BudgetSpan span, Micros at);
std::string session_scope(const std::string& tenant, const std::string& session);
std::string caller_scope(const std::string& tenant, const std::string& caller);
// "the budget of agent 'writer' on 2026-11-21": as a sentence names it.
std::string words_for(const BudgetKey& key);
// "2026-11-22 00:00 UTC": when its next window begins; empty when there is none.
std::string anew_text(const BudgetKey& key);
// "$0.25", "1200 tokens".
std::string amount_text(BudgetUnit unit, std::int64_t amount);

// When a window begins, and when the next one does.
struct WindowRange {
  Micros from = 0;
  Micros until = 0;
};
std::optional<WindowRange> range_of(const std::string& window);  // none: it is no window

// How a budget stands. `settled` is what the ledger says was spent in it, always: one that is set
// up in the middle of a month counts that month.
struct BudgetState {
  std::int64_t cap = 0;  // the bound that the last call met; 0 where none did
  std::int64_t reserved = 0;
  std::int64_t settled = 0;
};
struct BudgetRow : BudgetState {
  BudgetKey key;
};

// What one billed request to a model used and cost. A call that was tried several times has a row
// for each try that was billed.
struct LedgerRow {
  std::string run_id = {};  // empty: a call outside of any run
  std::int64_t seq = 0;     // the run's event that it came with
  std::string call_id = {};
  std::string agent = {};
  std::string session = {};
  std::string tenant = {};
  std::string caller = {};  // who started the run: "key:ci", "user:ann"; may not be known
  std::string target = {};  // backend/model; the route's name where nobody knows which it was
  std::string route = {};   // what the call asked for: a route's name, or a backend/model itself
  std::string role = {};    // why it was sent: "" (asked for), "hedge", "repair" …
  std::int64_t input = 0, cached = 0, cache_write = 0, output = 0, reasoning = 0;
  NanoUsd cost = 0;
  bool estimated = false;
  std::string prices = {};  // the edition of the price table it was reckoned by, or kNoPrice
  Micros opened_at = 0;     // when its call began: it counts in the windows of that time
  Micros at = 0;
};
inline constexpr std::string_view kNoPrice = "none";  // what it cost is not known
bool is_unpriced(const LedgerRow& row);
bool counts_in(const BudgetKey& key, const LedgerRow& row);
std::int64_t amount_of(BudgetUnit unit, const LedgerRow& row);

// A budget that must have room for a call.
struct BudgetClaim {
  BudgetKey budget;
  std::int64_t cap = 0;
  std::string place = {};  // where the cap is written, for the refusal
};

// A call that is about to be made. What it is expected to come to at most is reserved in each of
// its budgets until it is closed; should nobody be left to close it, it is closed as `expected`.
struct OpenCall {
  std::string id;      // "RUN/CALL", unique; opened a second time, nothing changes
  LedgerRow expected;  // estimated
  std::vector<BudgetClaim> budgets = {};
};

// What moves money, all of it in one transaction or none.
struct MoneyMoves {
  std::vector<OpenCall> opened = {};     // refused when a budget has no room for one of them
  std::vector<std::string> closed = {};  // ids: what they reserved is given back
  std::vector<LedgerRow> ledger = {};    // what was spent; it counts wherever it belongs
};

// Which rows of the ledger; zero and empty mean all.
struct LedgerFilter {
  std::string run_id = {};
  std::string tenant = {};
  Micros since = 0;        // by opened_at, from here …
  Micros until = 0;        // … to before here
  std::int64_t after = 0;  // rows come in their order; the next page begins after LedgerPage::last
  int limit = 10'000;
};
struct LedgerPage {
  std::vector<LedgerRow> rows;
  std::int64_t last = 0;
};

}  // namespace yoke
