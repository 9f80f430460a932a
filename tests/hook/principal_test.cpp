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

TEST_CASE("who is held to some agents may use those alone") {
  Principal who = local_principal("ann");
  CHECK(may_use_agent(who, "pay-out"));
  who.agents = {"pay-*", "hello"};
  CHECK(may_use_agent(who, "pay-out"));
  CHECK(may_use_agent(who, "hello"));
  CHECK_FALSE(may_use_agent(who, "hello-2"));
}

TEST_CASE("a route is meant by its name with and without its kind, a model by both its parts") {
  Principal who = local_principal("ann");
  CHECK(may_use_model(who, "openai/gpt"));
  who.models = {"default", "route/cheap", "openai/*"};
  CHECK(may_use_model(who, "default"));
  CHECK(may_use_model(who, "route/default"));
  CHECK(may_use_model(who, "cheap"));
  CHECK(may_use_model(who, "openai/gpt"));
  CHECK_FALSE(may_use_model(who, "dear"));
  CHECK_FALSE(may_use_model(who, "lab/default"));
}

}  // namespace yoke::testing
