#include <catch2/catch.hpp>

#include "runtime/store/money.h"

namespace yoke {
namespace {

Micros at(const char* text) { return micros_from_iso8601(text).value(); }

TEST_CASE("a window is the day or the month in UTC, or all time") {
  const Micros moment = at("2026-11-21T23:59:59.999999Z");
  CHECK(window_of(BudgetSpan::day, moment) == "day:2026-11-21");
  CHECK(window_of(BudgetSpan::day, moment + 1) == "day:2026-11-22");
  CHECK(window_of(BudgetSpan::month, moment) == "month:2026-11");
  CHECK(window_of(BudgetSpan::ever, moment) == "ever");
  CHECK(window_of(BudgetSpan::day, -1) == "day:1969-12-31");
}

TEST_CASE("a window begins and ends where its name says") {
  const auto day = range_of("day:2024-02-29");
  REQUIRE(day);
  CHECK(day->from == at("2024-02-29T00:00:00Z"));
  CHECK(day->until == at("2024-03-01T00:00:00Z"));
  const auto month = range_of("month:2026-12");
  REQUIRE(month);
  CHECK(month->from == at("2026-12-01T00:00:00Z"));
  CHECK(month->until == at("2027-01-01T00:00:00Z"));
  REQUIRE(range_of("ever"));
  for (const char* bad : {"", "day:", "day:2026-11", "month:2026-11-21", "day:2026-02-29",
                          "day:2026-13-01", "month:2026-1x", "week:2026-11-21", "20414"}) {
    CAPTURE(bad);
    CHECK_FALSE(range_of(bad).has_value());
  }
}

TEST_CASE("a row of the ledger counts where its run, agent, session and tenant say") {
  LedgerRow row;
  row.run_id = "R1";
  row.agent = "a";
  row.tenant = "t";
  row.session = "s";
  row.opened_at = at("2026-11-21T10:00:00Z");
  row.at = at("2026-11-22T10:00:00Z");
  for (const char* scope : {"all", "agent:a", "tenant:t", "session:t/s", "run:R1"}) {
    CAPTURE(scope);
    CHECK(counts_in({scope, "day:2026-11-21"}, row));
    CHECK_FALSE(counts_in({scope, "day:2026-11-22"}, row));
  }
  for (const char* scope : {"agent:b", "tenant:a", "session:s", "session:u/s", "run:R2", ""}) {
    CAPTURE(scope);
    CHECK_FALSE(counts_in({scope, "ever"}, row));
  }
  row.run_id = row.session = "";
  CHECK_FALSE(counts_in({"run:", "ever"}, row));
  CHECK_FALSE(counts_in({"session:t/", "ever"}, row));
}

TEST_CASE("a budget is named as a person would name it") {
  CHECK(words_for({"all", "day:2026-11-21"}) == "the budget of all runs on 2026-11-21");
  CHECK(words_for({"agent:w", "month:2026-11"}) == "the budget of agent 'w' in 2026-11");
  CHECK(words_for({"session:local/talk", "ever"}) == "the budget of session 'talk'");
  CHECK(words_for({"session:acme/talk", "ever"}) == "the budget of session 'acme/talk'");
}

TEST_CASE("a budget's next window begins where this one ends, and one for ever has none") {
  CHECK(anew_text({"all", "day:2026-12-31"}) == "2027-01-01 00:00 UTC");
  CHECK(anew_text({"all", "month:2026-11"}) == "2026-12-01 00:00 UTC");
  CHECK(anew_text({"all", "ever"}).empty());
}

}  // namespace
}  // namespace yoke
