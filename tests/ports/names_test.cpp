#include <catch2/catch.hpp>

#include "runtime/ports/model.h"
#include "runtime/ports/policy.h"
#include "runtime/ports/tool.h"

namespace yoke {
namespace {

TEST_CASE("every effect is found again by its name") {
  for (const Effect effect : {Effect::read, Effect::idempotent, Effect::once}) {
    CHECK(*effect_from_name(name_of(effect)) == effect);
  }
}

TEST_CASE("every outcome is found again by its name") {
  for (int i = 0; i <= static_cast<int>(Outcome::not_started); ++i) {
    CHECK(*outcome_from_name(name_of(Outcome(i))) == Outcome(i));
  }
}

TEST_CASE("every way to finish is found again by its name") {
  for (int i = 0; i <= static_cast<int>(Finish::other); ++i) {
    CHECK(*finish_from_name(name_of(Finish(i))) == Finish(i));
  }
}

TEST_CASE("every class of failure is found again by its name") {
  for (int i = 0; i <= static_cast<int>(FailureClass::budget); ++i) {
    CHECK(*failure_class_from_name(name_of(FailureClass(i))) == FailureClass(i));
  }
}

TEST_CASE("verdicts have the names that operators write") {
  CHECK(name_of(Verdict::allow) == "allow");
  CHECK(name_of(Verdict::ask) == "ask");
  CHECK(name_of(Verdict::deny) == "deny");
}

TEST_CASE("an unknown name is refused with the names there are") {
  CHECK(effect_from_name("write").error().detail ==
        "no effect is named 'write'; there are read, idempotent, once");
  CHECK(outcome_from_name("").has_error());
  CHECK(finish_from_name("STOP").has_error());
  CHECK(failure_class_from_name("other").has_error());
}

}  // namespace
}  // namespace yoke
