#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/interop/served.h"

// OpenAI's and Anthropic's own clients where keys are asked for. What each of them checks is in
// clients/keys.mjs: a test passes when the client's assertions do.
namespace yoke::testing {
namespace {

void with_key(const std::string& test, Args options) {
  const ServedProject served;
  Args args{"keys", "create", "client", "-q"};
  args.insert(args.end(), options.begin(), options.end());
  const Ended made = served.yoke(args);
  INFO(made.err);
  REQUIRE(made.status == 0);
  served.client("keys.mjs", test, std::string(trim(made.out)));
}

}  // namespace

TEST_CASE("vendors' clients send a key as they send their vendor's") { with_key("right", {}); }

TEST_CASE("a wrong key is an AuthenticationError to vendors' clients") {
  const ServedProject served;
  REQUIRE(served.yoke(Args{"keys", "create", "client", "-q"}).status == 0);
  served.client("keys.mjs", "wrong", "sk-of-somebody-else");
}

TEST_CASE("a scope that a key has not is a PermissionDeniedError to vendors' clients") {
  with_key("looks", {"--scopes", "read"});
  with_key("agents", {"--scopes", "run"});
}

TEST_CASE("a rate that is used up is a RateLimitError to vendors' clients, with Retry-After") {
  with_key("rate", {"--rate", "2/h"});
}

TEST_CASE("a model that a key may not use is none to vendors' clients, and in no list") {
  with_key("bound", {"--agents", "clerk", "--models", "default"});
}

TEST_CASE(
    "a budget without room is an error of status 402 to vendors' clients, not to be tried again") {
  with_key("budget", {"--budget", "1tokens"});
}

}  // namespace yoke::testing
