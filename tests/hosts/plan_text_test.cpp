#include "hosts/terminal/plan_text.h"

#include <catch2/catch.hpp>

namespace yoke {

TEST_CASE("a plan is shown a step a line, with what became of each") {
  const Json plan = Json::parse(R"({"steps":[
      {"id":"rain","tool":"csv.stats","needs":[],"why":"the facts"},
      {"id":"text","agent":"writer","needs":["rain"]}]})");
  CHECK(plan_text(plan, {{"rain", StepMark::done}, {"text", StepMark::failed}}) ==
        "  ✓ rain    csv.stats     the facts\n"
        "    ✗ text  agent writer  after rain\n");
}

TEST_CASE("a plan's step stands under the last of what it needs") {
  const Json plan = Json::parse(R"({"steps":[{"id":"end","tool":"t","needs":["b","c"]},
      {"id":"a","tool":"t"},{"id":"b","tool":"t","needs":["a"]},{"id":"c","tool":"t"},
      {"id":"d","tool":"t","needs":["a"]},{"id":"lost","tool":"t","needs":["nowhere"]}]})");
  CHECK(plan_text(plan, {}) ==
        "  · a      t\n"
        "    · b    t     after a\n"
        "    · d    t     after a\n"
        "  · c      t\n"
        "    · end  t     after b, c\n"
        "  · lost   t     after nowhere\n");
}

}  // namespace yoke
