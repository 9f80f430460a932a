#include <catch2/catch.hpp>

#include "tests/interop/served.h"

// The description that `yoke serve` gives of itself, in the eyes of others. What is checked is in
// clients/openapi.mjs.
namespace yoke::testing {

TEST_CASE("the description of all that is served is a valid OpenAPI 3.1 document") {
  ServedProject().client("openapi.mjs", "document");
}

TEST_CASE("another implementation finds the answers to be as the description says") {
  ServedProject().client("openapi.mjs", "answers");
}

}  // namespace yoke::testing
