#include "hosts/terminal/plan_text.h"

#include <catch2/catch.hpp>

namespace yoke {

TEST_CASE("a plan is shown a step a line, with what became of each") {
  const Json plan = Json::parse(R"({"steps":[
      {"id":"rain","tool":"csv.stats","needs":[],"why":"the facts"},
      {"id":"text","agent":"writer","needs":["rain"]}]})");
  CHECK(plan_text(plan, {{"rain", StepMark::done}, {"text", StepMark::failed}}) ==
        "  ✓ rain  csv.stats     the facts\n"
        "  ✗ text  agent writer  after rain\n");
}

}  // namespace yoke
