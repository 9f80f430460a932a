#include <catch2/catch.hpp>

#include "hosts/hook/principal.h"

namespace yoke::testing {

TEST_CASE("every scope has a name by which it is found again") {
  for (int i = 0; i < kScopes; ++i) {
    const auto scope = static_cast<Scope>(i);
    CHECK(scope_from_name(name_of(scope)) == scope);
  }
  CHECK_FALSE(scope_from_name("root"));
}

TEST_CASE("who works at this machine may do everything in the tenant local") {
  const Principal who = local_principal("ann");
  CHECK(who.tenant == "local");
  CHECK(who.scopes.has(Scope::manage));
  CHECK_FALSE(Scopes().has(Scope::read));
}

}  // namespace yoke::testing
