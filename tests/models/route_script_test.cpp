#include <catch2/catch.hpp>

#include "models/routes/checks.h"
#include "tests/models/fake_scripts.h"
#include "tests/models/fake_sender.h"
#include "tests/support/test_loop.h"

// A route's script: the checks of a comparison serve a cascade as they are.
namespace yoke {
namespace {

FakeScripts defining(const std::string& kind) {
  FakeScripts scripts;
  scripts.definitions.front().kind = kind;
  scripts.definitions.front().functions = {"run"};
  return scripts;
}

Result<void> asked(FakeScripts& scripts) {
  RouteCheck check;
  check.kind = RouteCheck::Kind::lua;
  check.script = demo_source();
  ModelRequest request;
  request.instructions = "Be brief.";
  request.messages.push_back(user_message("How many?"));
  ModelReply reply;
  reply.message.role = Role::assistant;
  reply.message.parts.emplace_back(TextPart{"{\"n\":3}"});
  TestLoop loop;
  return run(loop.io, check_by_script(check, request, reply, scripts, kNoDeadline));
}

}  // namespace

TEST_CASE("a comparison's check is given by a route what a comparison gives it") {
  FakeScripts scripts = defining("check");
  scripts.value = true;
  CHECK(asked(scripts).has_value());
  REQUIRE(scripts.calls.size() == 1);
  const Json& args = scripts.calls[0].args;
  REQUIRE(args.size() == 2);
  CHECK(args[0]["text"] == "{\"n\":3}");
  CHECK(args[0]["json"]["n"] == 3);
  CHECK(args[1]["prompt"] == "How many?");
  CHECK(args[1]["system"] == "Be brief.");
}

TEST_CASE("a comparison's check that does not pass, or comes to nothing, sends a cascade on") {
  FakeScripts scripts = defining("check");
  scripts.value = Json{{"score", 0.25}, {"why", "too long"}};
  CHECK(asked(scripts).error().message() == "too long");
  scripts.value = 0.75;
  CHECK(asked(scripts).has_value());
  scripts.value = "yes";
  CHECK(asked(scripts).error().message().find("must return true or false") != std::string::npos);
}

}  // namespace yoke
