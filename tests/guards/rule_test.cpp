#include "guards/rule.h"

#include <catch2/catch.hpp>

namespace yoke::guards {
namespace {

GuardRule finding(std::vector<std::string> kinds, GuardVerdict verdict = GuardVerdict::redact) {
  GuardRule rule;
  rule.name = "g";
  rule.find = std::move(kinds);
  rule.verdict = verdict;
  return rule;
}

Guarded checked(GuardRule rule, Json value) {
  const Result<void> sound = check_rule(rule);
  if (!sound) FAIL(sound.error().detail);
  return PatternGuard(std::move(rule)).check(std::move(value));
}

std::string complaint(const GuardRule& rule) {
  const Result<void> sound = check_rule(rule);
  return sound ? "" : sound.error().detail;
}

}  // namespace

TEST_CASE("what is redacted is cut out of texts, keys and numbers wherever they are") {
  const Guarded guarded =
      checked(finding({"personal"}), {{"to", {"a@b.no", {{"card", 4111111111111111}}}},
                                      {"c@d.no", "x"},
                                      {"e@f.no", 12},
                                      {"n", 7}});
  CHECK(guarded.value == Json{{"to", {"[email]", {{"card", "[card]"}}}},
                              {"[email]", "x"},
                              {"[email] 2", 12},
                              {"n", 7}});
  REQUIRE(guarded.decisions.size() == 1);
  CHECK(guarded.decisions[0].verdict == GuardVerdict::redact);
  CHECK(guarded.decisions[0].rule == "finds card, email");
  CHECK(guarded.decisions[0].found == Json{{"card", 1}, {"email", 3}});
  CHECK(guarded.blocked() == nullptr);
}

TEST_CASE("what is flagged stays as it is, and what is blocked is cut out too") {
  const Guarded flagged = checked(finding({"email"}, GuardVerdict::flag), "a@b.no");
  CHECK(flagged.value == "a@b.no");
  CHECK(flagged.decisions.size() == 1);
  const Guarded blocked = checked(finding({"email"}, GuardVerdict::block), "a@b.no");
  CHECK(blocked.value == "[email]");
  REQUIRE(blocked.blocked() != nullptr);
  CHECK(checked(finding({"email"}), "nothing").decisions.empty());
}

TEST_CASE("patterns of one's own are found, and what is allowed is left") {
  GuardRule rule = finding({"email"});
  rule.patterns = {{"ticket", "TCK-[0-9]+"}};
  rule.allow = {"*@example.com", "TCK-1"};
  const Guarded guarded = checked(rule, "a@example.com b@c.no TCK-1 TCK-22");
  CHECK(guarded.value == "a@example.com [email] TCK-1 [ticket]");
}

TEST_CASE("a topic is found by its words, apart and in any case") {
  GuardRule rule;
  rule.topics = {"legal advice", "bête"};
  CHECK(checked(rule, "This is Legal\n advice.").blocked() != nullptr);
  CHECK(checked(rule, "BÊTE!").blocked() != nullptr);
  CHECK(checked(rule, "illegal advices").decisions.empty());
}

TEST_CASE("a text over its length is blocked, or cut where it is to be redacted") {
  GuardRule rule;
  rule.chars_max = 3;
  CHECK(checked(rule, "äöü").decisions.empty());
  CHECK(checked(rule, "äöüx").blocked() != nullptr);
  rule.verdict = GuardVerdict::redact;
  CHECK(checked(rule, "äöüx").value == "äöü [cut]");
  CHECK(checked(rule, Json::array({"ab", "cd"})).blocked() != nullptr);
}

TEST_CASE("a rule that cannot be is told with the mend") {
  GuardRule rule;
  CHECK(complaint(rule).starts_with("it looks for nothing"));
  CHECK(complaint(finding({"emial"})) ==
        "'find' names 'emial', which is nothing that can be found (did you mean 'email'?)");
  rule.topics = {"x"};
  rule.verdict = GuardVerdict::redact;
  CHECK(complaint(rule).starts_with("'verdict' cannot be redact with topics alone"));
  rule.patterns = {{"bad", "("}};
  CHECK(complaint(rule).starts_with("'patterns' has the expression 'bad' that RE2 cannot read"));
  rule.patterns = {{"all", "x*"}};
  CHECK(complaint(rule).find("fits nothing at all") != std::string::npos);
  GuardRule judge;
  judge.judge = "default";
  CHECK(complaint(judge).starts_with("'ask' is missing"));
  judge.ask = "Is it rude?";
  CHECK(complaint(judge).empty());
  judge.verdict = GuardVerdict::redact;
  CHECK(complaint(judge).starts_with("'verdict' cannot be redact with a judge"));
}

TEST_CASE("a rule is the same after it was kept as data") {
  GuardRule rule = finding({"secrets"}, GuardVerdict::flag);
  rule.at = {GuardPlace::tool_args};
  rule.agents = {"*"};
  rule.tools = {"mail.*"};
  rule.patterns = {{"a", "b"}};
  rule.allow = {"c"};
  rule.topics = {"d"};
  rule.chars_max = 9;
  rule.why = "e";
  rule.judge = "f";
  rule.ask = "g";
  rule.closed = false;
  rule.script = ScriptSource{"guards/x.lua", "return check {}", {}, ScriptOrigin::own};
  const Result<GuardRule> back = rule_from_json(to_json(rule));
  REQUIRE(back.has_value());
  CHECK(to_json(*back) == to_json(rule));
}

TEST_CASE("a guard stands where and at which tools it was told to") {
  GuardRule rule = finding({"email"});
  rule.at = {GuardPlace::output, GuardPlace::tool_args};
  rule.tools = {"mail.*"};
  const PatternGuard guard(rule);
  CHECK(guard.stands_at(GuardPlace::output, ""));
  CHECK(guard.stands_at(GuardPlace::tool_args, "mail.send"));
  CHECK_FALSE(guard.stands_at(GuardPlace::tool_args, "csv.stats"));
  CHECK_FALSE(guard.stands_at(GuardPlace::tool_result, "mail.send"));
}

}  // namespace yoke::guards
