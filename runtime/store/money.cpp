#include "runtime/store/money.h"

#include <charconv>
#include <chrono>
#include <limits>

#include "runtime/base/saturating.h"

namespace yoke {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::string_view kDay = "day:";
constexpr std::string_view kMonth = "month:";
constexpr std::string_view kEver = "ever";
constexpr Micros kMicrosADay = 86'400'000'000;

year_month_day date_of(Micros at) {
  Micros number = at / kMicrosADay;
  if (at % kMicrosADay < 0) --number;
  return sys_days(days(number));
}

Micros start_of(year_month_day date) {
  return static_cast<Micros>(sys_days(date).time_since_epoch().count()) * kMicrosADay;
}

// The number that is the whole of `text`, or none.
std::optional<int> number_in(std::string_view text) {
  int value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "2026-11" or "2026-11-21"; the first of the month where no day is named.
std::optional<year_month_day> date_in(std::string_view text) {
  const bool has_day = text.size() == 10 && text[7] == '-';
  if ((text.size() != 7 && !has_day) || text[4] != '-') return std::nullopt;
  const std::optional<int> year = number_in(text.substr(0, 4));
  const std::optional<int> month = number_in(text.substr(5, 2));
  const std::optional<int> day = has_day ? number_in(text.substr(8, 2)) : 1;
  if (!year || !month || !day || *month < 1 || *day < 1) return std::nullopt;
  const year_month_day date(std::chrono::year(*year),
                            std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  return date;
}

std::string after_colon(const std::string& text) { return text.substr(text.find(':') + 1); }

std::string scope_words(const std::string& scope) {
  static constexpr std::string_view kLocal = "session:local/";
  static constexpr std::string_view kCaller = "caller:local/";
  if (scope == "all") return "the budget of all runs";
  for (const std::string_view kind : {"agent", "tenant", "run"}) {
    if (scope.starts_with(std::string(kind) + ":")) {
      return "the budget of " + std::string(kind) + " '" + after_colon(scope) + "'";
    }
  }
  if (scope.starts_with(kLocal)) {
    return "the budget of session '" + scope.substr(kLocal.size()) + "'";
  }
  if (scope.starts_with("session:")) return "the budget of session '" + after_colon(scope) + "'";
  if (scope.starts_with(kCaller)) return "the budget of '" + scope.substr(kCaller.size()) + "'";
  if (scope.starts_with("caller:")) return "the budget of '" + after_colon(scope) + "'";
  return "the budget '" + scope + "'";
}

}  // namespace

std::string_view name_of(BudgetSpan span) {
  switch (span) {
    case BudgetSpan::day:
      return "day";
    case BudgetSpan::month:
      return "month";
    case BudgetSpan::ever:
      break;
  }
  return kEver;
}

std::string window_of(BudgetSpan span, Micros at) {
  if (span == BudgetSpan::ever) return std::string(kEver);
  const std::string date = to_iso8601(start_of(date_of(at)));
  if (span == BudgetSpan::day) return std::string(kDay) + date.substr(0, 10);
  return std::string(kMonth) + date.substr(0, 7);
}

std::string session_scope(const std::string& tenant, const std::string& session) {
  return "session:" + tenant + "/" + session;
}

std::string caller_scope(const std::string& tenant, const std::string& caller) {
  return "caller:" + tenant + "/" + caller;
}

std::string words_for(const BudgetKey& key) {
  const std::string whose = scope_words(key.scope);
  if (key.window.starts_with(kDay)) return whose + " on " + after_colon(key.window);
  if (key.window.starts_with(kMonth)) return whose + " in " + after_colon(key.window);
  return whose;
}

std::string anew_text(const BudgetKey& key) {
  const std::optional<WindowRange> range = range_of(key.window);
  if (!range || key.window == kEver) return {};
  const std::string time = to_iso8601(range->until);  // "2026-11-22T00:00:00.000000Z"
  return time.substr(0, 10) + " " + time.substr(11, 5) + " UTC";
}

std::string amount_text(BudgetUnit unit, std::int64_t amount) {
  return unit == BudgetUnit::usd ? to_dollars(amount) : std::to_string(amount) + " tokens";
}

std::optional<WindowRange> range_of(const std::string& window) {
  if (window == kEver) {
    return WindowRange{std::numeric_limits<Micros>::min(), std::numeric_limits<Micros>::max()};
  }
  const bool is_day = window.starts_with(kDay);
  if (!is_day && !window.starts_with(kMonth)) return std::nullopt;
  const std::string text = after_colon(window);
  const std::optional<year_month_day> date = date_in(text);
  if (!date || is_day != (text.size() == 10)) return std::nullopt;
  if (is_day) return WindowRange{start_of(*date), start_of(*date) + kMicrosADay};
  return WindowRange{start_of(*date), start_of(*date + std::chrono::months(1))};
}

bool is_unpriced(const LedgerRow& row) { return row.prices == kNoPrice && row.cost == 0; }

bool counts_in(const BudgetKey& key, const LedgerRow& row) {
  const std::optional<WindowRange> range = range_of(key.window);
  if (!range || row.opened_at < range->from || row.opened_at >= range->until) return false;
  if (key.scope == "all") return true;
  if (key.scope == "agent:" + row.agent) return true;
  if (key.scope == "tenant:" + row.tenant) return true;
  if (!row.run_id.empty() && key.scope == "run:" + row.run_id) return true;
  if (!row.caller.empty() && key.scope == caller_scope(row.tenant, row.caller)) return true;
  return !row.session.empty() && key.scope == session_scope(row.tenant, row.session);
}

std::int64_t amount_of(BudgetUnit unit, const LedgerRow& row) {
  return unit == BudgetUnit::usd ? row.cost : saturating_add(row.input, row.output);
}

}  // namespace yoke
