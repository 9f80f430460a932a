#include <catch2/catch.hpp>

#include "tests/store/store_suite.h"

namespace yoke {
namespace {

std::string inbox_of(StoreBed& bed, const std::string& run_id) {
  std::string ids;
  for (const InboxMessage& message : bed(bed.store().inbox(run_id))) ids += message.id + " ";
  return ids;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("the first answer stands and a second learns whose it was", "[store]",
                        AllStores) {
  TestType bed;
  created(bed, new_run("R1"));
  const Result<Posted> first = bed(bed.store().post(message_to("R1", "answer:q1", "kim")));
  REQUIRE(first);
  CHECK(first->first);
  CHECK(first->winner.by == "kim");
  const Result<Posted> second = bed(bed.store().post(message_to("R1", "answer:q1", "bo")));
  REQUIRE(second);
  CHECK_FALSE(second->first);
  CHECK(second->winner.by == "kim");
  CHECK(second->winner.at == 3000);
  CHECK(second->winner.body == Json{{"value", "kim"}});
  CHECK(inbox_of(bed, "R1") == "answer:q1 ");
}

TEMPLATE_LIST_TEST_CASE("of answers posted at once exactly one is first", "[store]", AllStores) {
  TestType bed;
  created(bed, new_run("R1"));
  std::vector<awaitable<Result<Posted>>> calls;
  for (int i = 0; i < 10; ++i) {
    calls.push_back(bed.store().post(message_to("R1", "answer:q1", "p" + std::to_string(i))));
  }
  int first = 0;
  for (const Result<Posted>& posted : bed.loop.run_all(std::move(calls))) {
    REQUIRE(posted);
    first += posted->first ? 1 : 0;
    CHECK(posted->winner.by == "p0");
  }
  CHECK(first == 1);
}

TEMPLATE_LIST_TEST_CASE("messages lie in the inbox in their order until they are taken", "[store]",
                        AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  created(bed, new_run("R2"));
  for (const char* id : {"signal:z:1", "cancel", "answer:a"}) {
    REQUIRE(bed(bed.store().post(message_to("R1", id))));
  }
  CHECK(inbox_of(bed, "R1") == "signal:z:1 cancel answer:a ");
  CHECK(inbox_of(bed, "R2").empty());
  CHECK(inbox_of(bed, "R9").empty());
  Append append = append_to(claim, "copied");
  append.inbox_taken = {"cancel", "no such message"};
  appended(bed, append);
  bed.reopen();
  CHECK(inbox_of(bed, "R1") == "signal:z:1 answer:a ");
  const Result<Posted> late = bed(bed.store().post(message_to("R1", "cancel", "bo")));
  REQUIRE(late);
  CHECK_FALSE(late->first);
}

TEMPLATE_LIST_TEST_CASE("a message that is refused is for nobody", "[store]", AllStores) {
  TestType bed;
  const Result<Posted> posted = bed(bed.store().post(message_to("R1", "cancel")));
  REQUIRE_FALSE(posted);
  CHECK(posted.error().code == Errc::not_found);
}

TEMPLATE_LIST_TEST_CASE("a second answer to an ended run still learns who was first", "[store]",
                        AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  REQUIRE(bed(bed.store().post(message_to("R1", "answer:q1", "kim"))));
  Append last = append_to(claim, "end");
  last.update = update_to(RunStatus::completed);
  appended(bed, last);
  const Result<Posted> second = bed(bed.store().post(message_to("R1", "answer:q1", "bo")));
  REQUIRE(second);
  CHECK(second->winner.by == "kim");
}

TEMPLATE_LIST_TEST_CASE("a message makes a waiting run due", "[store]", AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  Append park = append_to(claim, "park");
  park.update = update_to(RunStatus::waiting, "question");
  appended(bed, park);
  CHECK(bed(bed.store().claim_due(10'000, 9)).empty());
  REQUIRE(bed(bed.store().post(message_to("R1", "answer:q1"))));
  CHECK(bed(bed.store().get("R1"))->status == RunStatus::waiting);
  CHECK(bed(bed.store().claim_due(10'000, 9)).size() == 1);
}

TEMPLATE_LIST_TEST_CASE("a message that came just before the run went to wait is not slept through",
                        "[store]", AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  REQUIRE(bed(bed.store().post(message_to("R1", "answer:q1"))));
  Append park = append_to(claim, "park");
  park.update = update_to(RunStatus::waiting, "timer");
  park.update->ready_at = 90'000;
  appended(bed, park);
  CHECK(bed(bed.store().claim_due(10'000, 9)).size() == 1);
}

}  // namespace yoke
