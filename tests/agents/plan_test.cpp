#include "agents/plan.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

const PlanScope kScope{{"csv.stats", "mail.send"}, {"writer"}, {"before"}};

std::string complaint(const char* steps) {
  const Result<Json> plan = checked_plan(Json{{"steps", Json::parse(steps)}}, kScope);
  return plan ? "" : plan.error().detail;
}

}  // namespace

TEST_CASE("a plan's references are needs, and its names are those there are") {
  const Result<Json> plan = checked_plan(Json::parse(R"({"goal":"g","steps":[
      {"id":"b","agent":"agent:writer","task":"of ${a.x} and $5","needs":["before"]},
      {"id":"a","tool":"csv_stats","inputs":{"file":"$input.file","l":["$before.y"]}}]})"),
                                         kScope);
  REQUIRE(plan.has_value());
  CHECK((*plan)["steps"][0]["needs"] == Json::array({"a"}));
  CHECK((*plan)["steps"][0]["agent"] == "writer");
  CHECK((*plan)["steps"][1]["needs"] == Json::array());
  CHECK((*plan)["steps"][1]["tool"] == "csv.stats");
}

TEST_CASE("a plan that cannot be carried out is refused with the step and the mend") {
  CHECK(complaint("[]") == "the plan: it must be an object with \"steps\", a list of at least one");
  CHECK(complaint(R"([{"id":"a","tool":"csv.stat"}])") ==
        "the plan: step 'a': there is no tool 'csv.stat' (did you mean 'csv.stats'?)");
  CHECK(complaint(R"([{"id":"a","agent":"wrter"}])") ==
        "the plan: step 'a': there is no agent 'wrter' (did you mean 'writer'?)");
  CHECK(complaint(R"([{"id":"a"}])") ==
        "the plan: step 'a' names one thing to do: a tool, or an agent");
  CHECK(complaint(R"([{"id":"a","tool":"csv.stats","needs":["facts"]}])") ==
        "the plan: step 'a' needs 'facts', which is no step of it");
  CHECK(complaint(R"([{"id":"facts","tool":"csv.stats","inputs":{"x":"$fact.rows"}}])") ==
        "the plan: step 'facts' refers to '$fact', which is no step of it (did you mean "
        "'facts'?)");
  CHECK(complaint(R"([{"id":"a","tool":"csv.stats","inputs":{"x":"$b"}},
                      {"id":"b","tool":"csv.stats","needs":["c"]},
                      {"id":"c","tool":"csv.stats","inputs":{"x":"see ${a}"}}])") ==
        "the plan: its steps wait for each other: a -> b -> c -> a");
  CHECK(complaint(R"([{"id":"a","tool":"csv.stats"},{"id":"a","tool":"csv.stats"}])") ==
        "the plan: there are two steps 'a'");
  CHECK(complaint(R"([{"id":"input","tool":"csv.stats"}])").find("stands for the run's own") !=
        std::string::npos);
  CHECK(complaint(R"([{"id":"a b","tool":"csv.stats"}])").find("an id has letters") !=
        std::string::npos);
  CHECK(complaint(R"([{"id":"a","tool":"csv.stats","need":["b"]}])")
            .find("(did you mean 'needs'?)") != std::string::npos);
  CHECK(complaint(R"([{"id":"a","tool":"csv.stats","retries":9}])").find("from 0 to 3") !=
        std::string::npos);
}

}  // namespace yoke
