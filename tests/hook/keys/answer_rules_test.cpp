#include "hosts/hook/keys/answer_rules.h"

#include <catch2/catch.hpp>

namespace yoke::testing {
namespace {

Principal member_of(std::string name, std::vector<std::string> groups) {
  Principal who;
  who.name = std::move(name);
  who.groups = std::move(groups);
  return who;
}

const std::vector<AnswerRule> kRules = {{{"pay-*"}, {"finance", "board"}, false, "yoke.toml:3"},
                                        {{"*"}, {}, true, "yoke.toml:7"}};

}  // namespace

TEST_CASE("where no rule concerns the agent, anybody may answer") {
  CHECK_FALSE(may_answer({kRules[0]}, member_of("key:ci", {}), "hello", "key:ci"));
}

TEST_CASE("a question of some agents is for their groups alone") {
  const std::vector<AnswerRule> rules = {kRules[0]};
  CHECK_FALSE(may_answer(rules, member_of("user:ann", {"board"}), "pay-out", "key:ci"));
  const auto refusal = may_answer(rules, member_of("user:bob", {"it"}), "pay-out", "key:ci");
  REQUIRE(refusal);
  CHECK(refusal->status == 403);
  CHECK(refusal->detail ==
        "user:bob may not answer this: it takes one of the groups finance, board (yoke.toml:3)");
}

TEST_CASE("whoever started a run does not answer it where a rule says so") {
  CHECK(may_answer(kRules, member_of("user:ann", {"finance"}), "pay-out", "user:ann"));
  CHECK_FALSE(may_answer(kRules, member_of("user:ann", {"finance"}), "pay-out", "user:bob"));
}

TEST_CASE("of several rules for an agent, all hold") {
  CHECK(may_answer(kRules, member_of("user:bob", {}), "pay-out", "user:ann"));
  CHECK_FALSE(may_answer(kRules, member_of("user:bob", {}), "hello", "user:ann"));
}

}  // namespace yoke::testing
