#include <catch2/catch.hpp>

#include "tests/store/store_suite.h"

namespace yoke {
namespace {

OutboxRow row_for(const std::string& lane, const std::string& what, Micros next_at = 0) {
  OutboxRow row;
  row.seq = 1;
  row.destination = "webhook";
  row.lane = lane;
  row.body = Json{{"what", what}};
  row.next_at = next_at;
  return row;
}

Claim run_with(StoreBed& bed, const std::string& run_id, std::vector<OutboxRow> rows) {
  NewRun run = new_run(run_id);
  run.records = {record_of("{}")};
  run.outbox = std::move(rows);
  return created(bed, std::move(run));
}

std::string names(const std::vector<OutboxRow>& rows) {
  std::string text;
  for (const OutboxRow& row : rows) text += string_at(row.body, "what") + " ";
  return text;
}

std::vector<OutboxRow> due(StoreBed& bed, Micros now = 10, int limit = 10) {
  return bed(bed.store().claim_outbox(now, limit));
}

void settle_as(StoreBed& bed, std::int64_t id, OutboxOutcome outcome) {
  REQUIRE(bed(bed.store().settle_outbox(id, std::move(outcome))));
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("what an append causes is in the outbox with it, and only then", "[store]",
                        AllStores) {
  TestType bed;
  Claim claim = run_with(bed, "R1", {row_for("a", "begun")});
  Append append = append_to(claim, "more");
  append.outbox = {row_for("a", "more")};
  claim = after(claim, appended(bed, append));
  append.outbox = {row_for("a", "refused")};
  CHECK(bed(bed.store().append(append)).error().code == Errc::fenced);
  const std::vector<OutboxRow> rows = bed(bed.store().list_outbox({}));
  CHECK(names(rows) == "more begun ");
  CHECK(rows[0].run_id == "R1");
  CHECK(rows[0].tenant == "local");
  CHECK(rows[0].destination == "webhook");
  CHECK(rows[0].state == OutboxState::unsent);
}

TEMPLATE_LIST_TEST_CASE("the rows of a lane are due one after the other, those of others beside",
                        "[store]", AllStores) {
  TestType bed;
  run_with(bed, "R1", {row_for("a", "a1"), row_for("a", "a2"), row_for("b", "b1")});
  run_with(bed, "R2", {row_for("a", "a3"), row_for("", "x"), row_for("", "y")});
  const std::vector<OutboxRow> first = due(bed);
  CHECK(names(first) == "a1 b1 x y ");
  CHECK(first[0].tries == 1);
  CHECK(due(bed).empty());
  settle_as(bed, first[0].id, OutboxSent{});
  const std::vector<OutboxRow> second = due(bed);
  CHECK(names(second) == "a2 ");
  settle_as(bed, second[0].id, OutboxGivenUp{"410 Gone"});
  CHECK(names(due(bed)) == "a3 ");
  OutboxFilter filter;
  filter.state = OutboxState::given_up;
  const std::vector<OutboxRow> lost = bed(bed.store().list_outbox(filter));
  REQUIRE(names(lost) == "a2 ");
  CHECK(lost[0].last_error == "410 Gone");
  CHECK(lost[0].settled_at == bed.wall.at);
}

TEMPLATE_LIST_TEST_CASE("a row that is to be tried again holds its lane up until then", "[store]",
                        AllStores) {
  TestType bed;
  run_with(bed, "R1", {row_for("a", "a1"), row_for("a", "a2"), row_for("b", "b1", 50)});
  CHECK(bed(bed.store().next_outbox()) == 1);
  const std::vector<OutboxRow> first = due(bed);
  REQUIRE(names(first) == "a1 ");
  CHECK(bed(bed.store().next_outbox()) == 50);
  settle_as(bed, first[0].id, OutboxRetry{30, "no answer"});
  CHECK(bed(bed.store().next_outbox()) == 30);
  CHECK(due(bed, 29).empty());
  const std::vector<OutboxRow> again = due(bed, 60);
  REQUIRE(names(again) == "a1 b1 ");
  CHECK(again[0].tries == 2);
  CHECK(again[0].last_error == "no answer");
}

TEMPLATE_LIST_TEST_CASE("what a process had claimed when it died is due again", "[store]",
                        AllStores) {
  TestType bed;
  run_with(bed, "R1", {row_for("a", "a1"), row_for("a", "a2")});
  const std::vector<OutboxRow> lost = due(bed);
  bed.reopen();
  const Result<void> late = bed(bed.store().settle_outbox(lost[0].id, OutboxSent{}));
  REQUIRE_FALSE(late);
  CHECK(late.error().code == Errc::conflict);
  const std::vector<OutboxRow> again = due(bed);
  REQUIRE(names(again) == "a1 ");
  CHECK(again[0].tries == 2);
  settle_as(bed, again[0].id, OutboxSent{});
  CHECK(bed(bed.store().settle_outbox(again[0].id, OutboxSent{})).error().code == Errc::conflict);
  CHECK(bed(bed.store().settle_outbox(99, OutboxSent{})).error().code == Errc::not_found);
}

TEMPLATE_LIST_TEST_CASE("a row is written once for what it is known by", "[store]", AllStores) {
  TestType bed;
  OutboxRow row = row_for("a", "first");
  row.dedupe = "R1/3";
  OutboxRow same = row_for("a", "second");
  same.dedupe = "R1/3";
  run_with(bed, "R1", {row, same});
  CHECK(names(bed(bed.store().list_outbox({}))) == "first ");
}

TEMPLATE_LIST_TEST_CASE("the outbox is listed in pages and by every filter", "[store]", AllStores) {
  TestType bed;
  run_with(bed, "R1", {row_for("a", "1"), row_for("a", "2")});
  OutboxRow mail = row_for("b", "3");
  mail.destination = "mail";
  run_with(bed, "R2", {mail});
  OutboxFilter filter;
  filter.limit = 2;
  const std::vector<OutboxRow> page = bed(bed.store().list_outbox(filter));
  CHECK(names(page) == "3 2 ");
  filter.before = page.back().id;
  CHECK(names(bed(bed.store().list_outbox(filter))) == "1 ");
  const auto listed = [&](OutboxFilter wanted) {
    return names(bed(bed.store().list_outbox(wanted)));
  };
  OutboxFilter of_run;
  of_run.run_id = "R1";
  CHECK(listed(of_run) == "2 1 ");
  OutboxFilter to;
  to.destination = "mail";
  CHECK(listed(to) == "3 ");
  OutboxFilter others;
  others.tenant = "acme";
  CHECK(listed(others).empty());
}

TEMPLATE_LIST_TEST_CASE("settled rows are forgotten when they are old, and no others", "[store]",
                        AllStores) {
  TestType bed;
  bed.wall.at = 100;
  run_with(bed, "R1", {row_for("a", "sent"), row_for("a", "unsent")});
  settle_as(bed, due(bed)[0].id, OutboxSent{});
  CHECK(bed(bed.store().drop_outbox(100)).value() == 0);
  CHECK(bed(bed.store().drop_outbox(101)).value() == 1);
  CHECK(names(bed(bed.store().list_outbox({}))) == "unsent ");
}

}  // namespace yoke
