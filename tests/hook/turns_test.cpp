#include <catch2/catch.hpp>

#include "hosts/hook/turns.h"

namespace yoke::testing {
namespace {

std::string next_tenant(Turns& turns) {
  const std::optional<Turns::Run> run = turns.take();
  return run ? run->tenant : "";
}

}  // namespace

TEST_CASE("runs of one tenant are driven in the order in which they came") {
  Turns turns(1);
  CHECK(turns.add({"r1", "a"}));
  CHECK(turns.add({"r2", "a"}));
  const std::optional<Turns::Run> first = turns.take();
  REQUIRE(first);
  CHECK(first->id == "r1");
  CHECK_FALSE(turns.take());
  turns.give_back(*first);
  CHECK(turns.take()->id == "r2");
}

TEST_CASE("a run that waits or is driven is not driven twice") {
  Turns turns(1);
  CHECK(turns.add({"r1", "a"}));
  CHECK_FALSE(turns.add({"r1", "a"}));
  const Turns::Run run = *turns.take();
  CHECK_FALSE(turns.add({"r1", "a"}));
  turns.give_back(run);
  CHECK(turns.add({"r1", "a"}));
}

TEST_CASE("a tenant with thousands of runs delays another's by one end of a run") {
  Turns turns(4);
  for (int i = 0; i < 1000; ++i) turns.add({"big" + std::to_string(i), "big"});
  std::vector<Turns::Run> driven;
  for (int i = 0; i < 4; ++i) driven.push_back(*turns.take());
  turns.add({"small0", "small"});
  turns.add({"small1", "small"});
  turns.give_back(driven[0]);
  CHECK(next_tenant(turns) == "small");
  turns.give_back(driven[1]);
  CHECK(next_tenant(turns) == "small");
  turns.give_back(driven[2]);
  CHECK(next_tenant(turns) == "big");
}

TEST_CASE("tenants that have as many runs driven take turns") {
  Turns turns(1);
  for (const char* tenant : {"a", "b", "c"}) {
    for (int i = 0; i < 3; ++i) turns.add({tenant + std::to_string(i), tenant});
  }
  std::map<std::string, int> served;
  for (int i = 0; i < 6; ++i) {
    const Turns::Run run = *turns.take();
    served[run.tenant] += 1;
    turns.give_back(run);
  }
  CHECK(served == std::map<std::string, int>{{"a", 2}, {"b", 2}, {"c", 2}});
}

TEST_CASE(
    "there is room for one more while nothing waits and not all places are taken or promised") {
  Turns turns(2);
  CHECK(turns.has_room_for_one_more(1));
  CHECK_FALSE(turns.has_room_for_one_more(2));
  turns.add({"r1", "a"});
  CHECK_FALSE(turns.has_room_for_one_more(0));  // it comes first
  const Turns::Run run = *turns.take();
  CHECK(turns.has_room_for_one_more(0));
  CHECK_FALSE(turns.has_room_for_one_more(1));
  turns.give_back(run);
  CHECK(turns.has_room_for_one_more(1));
}

TEST_CASE("a place that is promised is left free, and taken by whom it was promised to") {
  Turns turns(1);
  turns.add({"r1", "a"});
  CHECK_FALSE(turns.take(1));
  CHECK(turns.take_promised({"r2", "b"}));
  CHECK_FALSE(turns.take_promised({"r2", "b"}));
  CHECK_FALSE(turns.take());
  turns.give_back({"r2", "b"});
  CHECK(turns.take()->id == "r1");
}

TEST_CASE("what waits can be dropped, and what is driven stays") {
  Turns turns(1);
  turns.add({"r1", "a"});
  turns.add({"r2", "b"});
  const Turns::Run run = *turns.take();
  turns.drop_waiting();
  CHECK(turns.waiting() == 0);
  CHECK(turns.has_taken("r1"));
  CHECK_FALSE(turns.has("r2"));
  turns.give_back(run);
  CHECK_FALSE(turns.take());
}

}  // namespace yoke::testing
