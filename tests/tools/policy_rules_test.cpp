#include "tools/policy_rules.h"

#include <catch2/catch.hpp>

#include "tests/tools/fixture.h"

using yoke::Effect;
using yoke::Error;
using yoke::Json;
using yoke::PolicyLists;
using yoke::PolicyQuery;
using yoke::PolicyRules;
using yoke::Verdict;

namespace {

std::unique_ptr<PolicyRules> rules_of(const PolicyLists& lists) {
  auto rules = PolicyRules::from_lists(lists);
  REQUIRE(rules);
  return std::move(*rules);
}

PolicyQuery query(const std::string& tool, Json args = Json::object(),
                  Effect effect = Effect::once) {
  PolicyQuery query;
  query.tool = tool;
  query.args = std::move(args);
  query.effect = effect;
  return query;
}

std::string error_of(const PolicyLists& lists) {
  const auto rules = PolicyRules::from_lists(lists);
  return rules ? "" : rules.error().message();
}

class OneTool final : public yoke::ToolSet {
 public:
  OneTool() {
    spec_.name = "notes.send";
    spec_.input_schema = {{"type", "object"},
                          {"properties", {{"to", {{"type", "object"}}}}},
                          {"additionalProperties", false}};
  }
  yoke::Tool* find(std::string_view) const override { return nullptr; }
  std::vector<const yoke::ToolSpec*> list() const override { return {&spec_}; }

 private:
  yoke::ToolSpec spec_;
};

}  // namespace

TEST_CASE("deny wins over ask and ask over allow, in whatever order they stand") {
  const auto rules = rules_of({{"*"}, {"mail.*"}, {"mail.send"}});
  CHECK(rules->decide(query("csv.stats")).verdict == Verdict::allow);
  CHECK(rules->decide(query("mail.list")).verdict == Verdict::ask);
  CHECK(rules->decide(query("mail.send")).verdict == Verdict::deny);
  CHECK(rules->decide(query("mail.send")).rule == "mail.send");
}

TEST_CASE("a glob matches the whole qualified name") {
  const auto rules = rules_of({{"csv.*", "x.?et"}, {}, {"*.delete"}});
  CHECK(rules->decide(query("csv.stats")).rule == "csv.*");
  CHECK(rules->decide(query("my.csv.stats")).rule == "default");
  CHECK(rules->decide(query("csv")).rule == "default");
  CHECK(rules->decide(query("files.delete")).verdict == Verdict::deny);
  CHECK(rules->decide(query("files.deleted")).rule == "default");
  CHECK(rules->decide(query("x.get")).verdict == Verdict::allow);
}

TEST_CASE("conditions on arguments hold all together, or the rule does not speak") {
  const auto rules = rules_of({{}, {"mail.send(to=*@elsewhere.example, kind=bulk)"}, {}});
  const Json both = {{"to", "a@elsewhere.example"}, {"kind", "bulk"}};
  CHECK(rules->decide(query("mail.send", both, Effect::read)).verdict == Verdict::ask);
  const Json one = {{"to", "a@elsewhere.example"}, {"kind", "single"}};
  CHECK(rules->decide(query("mail.send", one, Effect::read)).verdict == Verdict::allow);
  const Json absent = {{"to", "a@elsewhere.example"}};
  CHECK(rules->decide(query("mail.send", absent, Effect::read)).verdict == Verdict::allow);
}

TEST_CASE("of a list one element is enough to deny, and every one is needed to allow") {
  const auto denies = rules_of({{}, {}, {"mail.send(to=*@evil.example)"}});
  const Json mixed = {{"to", {"a@good.example", "b@evil.example"}}};
  CHECK(denies->decide(query("mail.send", mixed)).verdict == Verdict::deny);
  CHECK(denies->decide(query("mail.send", {{"to", {"a@good.example"}}})).verdict == Verdict::ask);

  const auto allows = rules_of({{"mail.send(to=*@good.example)"}, {}, {}});
  CHECK(allows->decide(query("mail.send", mixed)).verdict == Verdict::ask);
  CHECK(allows->decide(query("mail.send", {{"to", {"a@good.example"}}})).verdict == Verdict::allow);
  CHECK(allows->decide(query("mail.send", {{"to", Json::array()}})).verdict == Verdict::ask);
}

TEST_CASE("numbers, nested arguments and quoted globs can be matched") {
  const auto rules =
      rules_of({{}, {}, {"pay(amount=1000)", "mail(message.to=x)", "say(text=\"a, (b)*\")"}});
  CHECK(rules->decide(query("pay", {{"amount", 1000}})).verdict == Verdict::deny);
  CHECK(rules->decide(query("pay", {{"amount", 10}})).verdict == Verdict::ask);
  CHECK(rules->decide(query("mail", {{"message", {{"to", "x"}}}})).verdict == Verdict::deny);
  CHECK(rules->decide(query("say", {{"text", "a, (b) and c"}})).verdict == Verdict::deny);
  CHECK(rules->decide(query("say", {{"text", "a"}})).verdict == Verdict::ask);
}

TEST_CASE("where no rule speaks, reading is allowed and a single effect is asked about") {
  const auto rules = rules_of({});
  CHECK(rules->decide(query("a", Json::object(), Effect::read)).verdict == Verdict::allow);
  CHECK(rules->decide(query("a", Json::object(), Effect::idempotent)).verdict == Verdict::allow);
  CHECK(rules->decide(query("a", Json::object(), Effect::once)).verdict == Verdict::ask);
  CHECK(rules->decide(query("a")).rule == "default");
}

TEST_CASE("an agent that wants to ask is not overruled by an allow, but by a deny") {
  const auto rules = rules_of({{"mail.*"}, {}, {"*.delete"}});
  PolicyQuery asks = query("mail.send", Json::object(), Effect::read);
  asks.agent_asks = true;
  CHECK(rules->decide(asks).verdict == Verdict::ask);
  CHECK(rules->decide(asks).rule == "agent.approve");
  asks.tool = "mail.delete";
  CHECK(rules->decide(asks).verdict == Verdict::deny);
}

TEST_CASE("a rule that cannot be read is an error that names it and its list") {
  CHECK(error_of({{"mail send"}, {}, {}}).find("policy.allow: the rule 'mail send'") == 0);
  CHECK(error_of({{}, {"mail.send(to=x"}, {}}).find("policy.ask: ") == 0);
  CHECK(error_of({{}, {}, {"mail.send(to)"}}).find("needs argument=glob") != std::string::npos);
  CHECK(error_of({{}, {}, {"mail.send()"}}).find("needs argument=glob") != std::string::npos);
  CHECK(error_of({{}, {}, {"m(to=\"x)"}}).find("quote open") != std::string::npos);
  CHECK(error_of({{}, {}, {""}}).find("policy.deny") == 0);
}

TEST_CASE("a rule that names no tool there is gets the nearest name") {
  const auto rules = rules_of({{"csv.stat", "csv.*"}, {}, {"http.get(host=x)", "fs.red"}});
  const std::vector<std::string> names = {"csv.stats", "mail.send"};
  const std::vector<Error> errors = yoke::check_policy(*rules, names);
  REQUIRE(errors.size() == 2);
  CHECK(errors[0].message().find("policy.deny: the rule 'fs.red' names a tool") == 0);
  CHECK(errors[1].message() ==
        "policy.allow: the rule 'csv.stat' names a tool that there is none of (did you mean "
        "'csv.stats'?)");
}

TEST_CASE("an allow that can never decide is reported with the rule that wins") {
  const std::vector<std::string> names = {"mail.send"};
  const auto hidden = rules_of({{"mail.send"}, {"mail.*"}, {}});
  const std::vector<Error> errors = yoke::check_policy(*hidden, names);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].detail ==
        "the rule 'mail.send' can never decide: 'mail.*' in policy.ask wins over it; "
        "remove one of the two");
  const auto partly = rules_of({{"mail.*"}, {"mail.send"}, {"mail.*(to=x)"}});
  CHECK(yoke::check_policy(*partly, names).empty());
}

TEST_CASE("a condition on an argument that nothing has is an error with the nearest name") {
  const auto errors_of = [](const std::string& rule) {
    const auto rules = rules_of({{}, {}, {rule}});
    std::string errors;
    for (const Error& error : yoke::check_arguments(*rules, OneTool{})) errors += error.detail;
    return errors;
  };
  CHECK(errors_of("notes.send(too=x)") ==
        "the rule 'notes.send(too=x)' can never match: what it names has no argument 'too' (did "
        "you mean 'to'?)");
  CHECK(errors_of("http.*(hst=*)").find("(did you mean 'host'?)") != std::string::npos);
  for (const char* well : {"notes.send(to=x)", "notes.*(to.name=x)", "*(host=x)", "*(to=x)",
                           "http.get(host=x)", "mcp:a.b(c=d)", "later.*(c=d)"}) {
    INFO(well);
    CHECK(errors_of(well) == "");
  }
}

TEST_CASE("a decision is explained by the rule that made it") {
  const auto rules = rules_of({{}, {}, {"*.delete"}});
  CHECK(yoke::explain(rules->decide(query("a.delete"))) ==
        "deny: the rule '*.delete' in policy.deny");
  CHECK(yoke::explain(rules->decide(query("a"))).find("ask: no rule speaks of it") == 0);
}
