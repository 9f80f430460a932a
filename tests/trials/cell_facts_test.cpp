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

Cell cell_after(std::vector<Json> tries) {
  ToldRun run;
  const std::string id = run.model_called();
  run.add(EventKind::route_chosen, id,
          Json{{"route", "default"}, {"target", "lab/small"}, {"tries", std::move(tries)}}, 1);
  Json fields = ToldRun::replied_fields({text("done")});
  fields["first_us"] = 2'000;
  run.add(EventKind::model_replied, id, std::move(fields), 1);
  run.events.back().at = run.events[run.events.size() - 3].at + 960'000;
  return cell_of(run.events);
}

// A call on a route of which not every target has a price.
Cell cell_of_unpriced(std::vector<Json> tries, Usage usage, NanoUsd cost) {
  ToldRun run;
  Json called = ToldRun::called_fields();
  called["estimate"]["priced"] = false;
  run.add(EventKind::model_called, model_call_id(1), std::move(called), 1);
  if (!tries.empty()) {
    run.add(EventKind::route_chosen, model_call_id(1),
            Json{{"route", "default"}, {"target", "lab/small"}, {"tries", std::move(tries)}}, 1);
  }
  run.add(EventKind::model_replied, model_call_id(1),
          ToldRun::replied_fields({text("done")}, usage, cost), 1);
  return cell_of(run.events);
}

Json billed(const std::string& target, Usage usage, NanoUsd cost, bool failed) {
  Json one = tried(target, 0, 1'000, failed);
  one["usage"] = to_json(usage);
  one["cost"] = cost;
  return one;
}

}  // namespace

TEST_CASE("a cost is known when every target that was billed has a price") {
  const Usage used{.input = 10, .output = 3};
  const Usage both{.input = 20, .output = 6};
  CHECK(cell_of_unpriced({}, used, 30).priced);
  CHECK_FALSE(cell_of_unpriced({}, used, 0).priced);
  CHECK(cell_of_unpriced({billed("np/x", {}, 0, true), billed("lab/small", used, 30, false)}, used,
                         30)
            .priced);
  CHECK_FALSE(cell_of_unpriced(
                  {billed("np/x", used, 0, true), billed("lab/small", used, 30, false)}, both, 30)
                  .priced);
}

TEST_CASE("the first token behind others that failed is counted from the question on") {
  const Cell cell =
      cell_after({tried("far/big", 0, 900'000, true), tried("lab/small", 2'000, 52'000, false)});
  CHECK(cell.tries == 2);
  CHECK(cell.total_ms == Approx(960));
  CHECK(cell.first_ms == Approx(902));
  CHECK(cell.answer.seconds == Approx(0.96));
}

TEST_CASE("the first token of a hedge that won is counted from the question on") {
  Json hedge = tried("lab/small", 2'000, 52'000, false);
  hedge["role"] = "hedge";
  const Cell cell = cell_after({tried("far/big", 0, 955'000, true), hedge});
  CHECK(cell.first_ms == Approx(910));
}

TEST_CASE("what a call that was cut off is booked with is no measure of the one that answered") {
  ToldRun run;
  Json lost = ToldRun::failed_fields("interrupted", 8'192);
  lost["usage"] = to_json(Usage{.input = 10, .output = 4'096, .estimated = true});
  run.add(EventKind::model_failed, run.model_called(8'192), std::move(lost), 1);
  run.replied({text("done")}, Usage{.input = 10, .output = 3}, 30);
  const Cell cell = cell_of(run.events);
  CHECK(cell.answered);
  CHECK(cell.usage.output == 3);
  CHECK_FALSE(cell.usage.estimated);
  CHECK(cell.cost == 30);
  CHECK(cell.lost == 8'192);
}

TEST_CASE("what an agent's earlier failures used stays part of its answer's cost") {
  ToldRun run;
  run.add(EventKind::model_failed, run.model_called(), ToldRun::failed_fields("server", 5), 1);
  run.replied({text("done")}, Usage{.input = 10, .output = 3}, 30);
  CHECK(cell_of(run.events).cost == 35);
}

TEST_CASE("one try's first token is its own, whatever a route says besides") {
  const Cell cell = cell_after({tried("lab/small", 2'000, 52'000, false)});
  CHECK(cell.first_ms == Approx(2));
}

}  // namespace yoke
