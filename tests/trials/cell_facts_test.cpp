#include "trials/cell_facts.h"

#include <catch2/catch.hpp>

#include "tests/support/told_run.h"

namespace yoke {
namespace {

Json tried(const std::string& target, std::int64_t first_us, std::int64_t total_us, bool failed) {
  ModelTry one;
  one.target = target;
  one.first_us = first_us;
  one.total_us = total_us;
  if (failed) one.failure = FailureClass::server;
  return to_json(one);
}

}  // namespace

TEST_CASE("the first token behind others that failed is counted from the question on") {
  ToldRun run;
  const std::string id = run.model_called();
  run.add(EventKind::route_chosen, id,
          Json{{"route", "default"},
               {"target", "lab/small"},
               {"tries", Json::array({tried("far/big", 0, 900'000, true),
                                      tried("lab/small", 2'000, 52'000, false)})}},
          1);
  Json fields = ToldRun::replied_fields({text("done")});
  fields["first_us"] = 2'000;
  run.add(EventKind::model_replied, id, std::move(fields), 1);
  run.events.back().at = run.events[run.events.size() - 3].at + 960'000;
  const Cell cell = cell_of(run.events);
  CHECK(cell.tries == 2);
  CHECK(cell.total_ms == Approx(960));
  CHECK(cell.first_ms == Approx(910));
  CHECK(cell.answer.seconds == Approx(0.96));
}

}  // namespace yoke
