#include <catch2/catch.hpp>

#include "hosts/config/config.h"
#include "hosts/repl/policy_edit.h"
#include "tests/support/temp_project.h"

namespace yoke {
namespace {

std::string with_rule(const std::string& text) {
  const Result<std::string> out = with_allow_rule(text, "mail.send");
  REQUIRE(out.has_value());
  const Result<Config> parsed = parse_config(*out, "yoke.toml");
  REQUIRE(parsed.has_value());
  REQUIRE_FALSE(parsed->policy.allow.empty());
  CHECK(parsed->policy.allow.back().text == "mail.send");
  return *out;
}

}  // namespace

TEST_CASE("a rule goes into the list that is there, and all else stays") {
  CHECK(with_rule("# mine\n[policy]\nallow = [\"a.*\"]  # kept\ndeny = [\"b\"]\n") ==
        "# mine\n[policy]\nallow = [\"a.*\", \"mail.send\"]  # kept\ndeny = [\"b\"]\n");
  CHECK(with_rule("[policy]\nallow = []\n") == "[policy]\nallow = [\"mail.send\"]\n");
  CHECK(with_rule("[policy]\nallow = [\n  \"a\", # ] no end\n  \"b]\",\n]\n") ==
        "[policy]\nallow = [\n  \"a\", # ] no end\n  \"b]\", \"mail.send\",\n]\n");
}

TEST_CASE("a rule makes the list, or the section, where there is none") {
  CHECK(with_rule("[policy]\ndeny = [\"b\"]\n\n[tools]\npaths = [\"tools\"]\n") ==
        "[policy]\nallow = [\"mail.send\"]\ndeny = [\"b\"]\n\n[tools]\npaths = [\"tools\"]\n");
  CHECK(with_rule("[tools]\npaths = [\"tools\"]") ==
        "[tools]\npaths = [\"tools\"]\n\n[policy]\nallow = [\"mail.send\"]\n");
  CHECK(with_rule("") == "\n[policy]\nallow = [\"mail.send\"]\n");
}

TEST_CASE("a policy in another form is refused and not guessed at") {
  CHECK_FALSE(with_allow_rule("policy = { allow = [\"a\"] }\n", "b").has_value());
  CHECK_FALSE(with_allow_rule("[policy]\nallow = [[\"a\"]]\n", "b").has_value());
}

TEST_CASE("a file that would be none afterwards is left as it was") {
  const testing::TempFolder folder;
  folder.write("yoke.toml", "[policy]\nallow = [\"a\"]\nnonsense = 1\n");
  CHECK_FALSE(add_allow_rule(folder.file("yoke.toml"), "b").has_value());
  CHECK(folder.read("yoke.toml") == "[policy]\nallow = [\"a\"]\nnonsense = 1\n");
  folder.write("yoke.toml", "[policy]\nallow = [\"a\"]\n");
  CHECK(add_allow_rule(folder.file("yoke.toml"), "b").has_value());
  CHECK(folder.read("yoke.toml") == "[policy]\nallow = [\"a\", \"b\"]\n");
}

}  // namespace yoke
