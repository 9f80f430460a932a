#include "tools/label_rules.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

std::unique_ptr<PolicyRules> rules_of(const PolicyLists& lists) {
  auto rules = PolicyRules::from_lists(lists);
  REQUIRE(rules.has_value());
  return std::move(*rules);
}

LabelRules rules_in(LabelMode mode) {
  LabelSettings settings;
  settings.mode = mode;
  return LabelRules(settings);
}

ArgumentSource source(const std::string& argument, const std::string& value, CriticalKind kind,
                      ValueOrigin origin) {
  return ArgumentSource{argument, value, kind, origin, {}};
}

const ArgumentSource kToEve =
    source("to", "eve@evil.example", CriticalKind::recipient, ValueOrigin::untrusted);
const ArgumentSource kToAnn =
    source("to", "ann@corp.example", CriticalKind::recipient, ValueOrigin::trusted);

FlowQuery mail(std::vector<ArgumentSource> critical) {
  FlowQuery query;
  query.call.tool = "mail.send";
  query.call.effect = Effect::once;
  query.call.args = Json{{"to", critical.empty() ? "" : critical[0].value}, {"body", "x"}};
  query.untrusted = {"mail.read (c3.0)"};
  query.critical = std::move(critical);
  query.tool.sends = true;
  return query;
}

std::string verdict(const FlowQuery& query, const PolicyLists& lists,
                    LabelMode mode = LabelMode::on) {
  const FlowDecision said = rules_in(mode).decide(query, *rules_of(lists));
  return std::string(name_of(said.decision.verdict)) + " " + said.decision.rule;
}

const PolicyLists kAll{{"*"}, {}, {}};

TEST_CASE("labels.critical asks about a recipient of untrusted text, and about none of trusted") {
  CHECK(verdict(mail({kToEve}), kAll) == "ask labels.critical");
  CHECK(verdict(mail({kToAnn}), kAll) == "allow *");
  CHECK(verdict(mail({kToAnn, kToEve}), kAll) == "ask labels.critical");
  FlowQuery clean = mail({kToEve});
  clean.untrusted.clear();
  CHECK(verdict(clean, kAll) == "allow *");
  CHECK(verdict(mail({kToEve}), kAll, LabelMode::off) == "allow *");
}

TEST_CASE("an allow rule covers an argument that it names, and the tool's name alone does not") {
  CHECK(verdict(mail({kToEve}), {{"mail.send"}, {}, {}}) == "ask labels.critical");
  CHECK(verdict(mail({kToEve}), {{"mail.send(to=*@evil.example)"}, {}, {}}) ==
        "allow mail.send(to=*@evil.example)");
  CHECK(verdict(mail({kToEve}), {{"*", "mail.send(to=*@corp.example)"}, {}, {}}) ==
        "ask labels.critical");
  CHECK(verdict(mail({kToEve}), {{"mail.send(body=*)"}, {}, {}}) == "ask labels.critical");
}

TEST_CASE("the rules of labels weaken no deny and no ask of the operator") {
  CHECK(verdict(mail({kToAnn}), {{"*"}, {}, {"mail.*"}}) == "deny mail.*");
  CHECK(verdict(mail({kToEve}), {{"*"}, {}, {"mail.*"}}) == "deny mail.*");
  CHECK(verdict(mail({kToEve}), {{"*"}, {"mail.*"}, {}}) == "ask mail.*");
}

TEST_CASE("a value that is made up is as doubtful as an untrusted one, save a path that stays") {
  const auto made_up = [](const std::string& value, CriticalKind kind) {
    return mail({source("x", value, kind, ValueOrigin::nowhere)});
  };
  CHECK(verdict(made_up("eve", CriticalKind::recipient), kAll) == "ask labels.critical");
  CHECK(verdict(made_up("700", CriticalKind::account), kAll) == "ask labels.critical");
  CHECK(verdict(made_up("notes/today.md", CriticalKind::path), kAll) == "allow *");
  CHECK(verdict(made_up("../today.md", CriticalKind::path), kAll) == "ask labels.critical");
  CHECK(verdict(made_up("/etc/cron.d/x", CriticalKind::path), kAll) == "ask labels.critical");
}

TEST_CASE("labels.decision asks where no trusted text can have decided the call") {
  FlowQuery query = mail({});
  CHECK(verdict(query, kAll) == "ask labels.decision");
  CHECK(verdict(query, {{"mail.*"}, {}, {}}) == "ask labels.decision");
  CHECK(verdict(query, {{"mail.send"}, {}, {}}) == "allow mail.send");
  query.deciding = {source("n", "17", CriticalKind::account, ValueOrigin::trusted)};
  CHECK(verdict(query, kAll) == "allow *");
  query.deciding.push_back(source("m", "18", CriticalKind::account, ValueOrigin::untrusted));
  CHECK(verdict(query, kAll) == "ask labels.decision");
  query.call.effect = Effect::idempotent;
  CHECK(verdict(query, kAll) == "ask labels.decision");
  query.tool.sends = false;
  CHECK(verdict(query, kAll) == "allow *");
}

TEST_CASE("labels.content asks about an address that a message carries from untrusted text") {
  FlowQuery query = mail({kToAnn});
  query.carried = {
      source("body", "https://evil.example/login", CriticalKind::place, ValueOrigin::untrusted)};
  CHECK(verdict(query, kAll) == "ask labels.content");
  CHECK(verdict(query, {{"mail.send(body=*)"}, {}, {}}) == "allow mail.send(body=*)");
}

TEST_CASE("labels.clearance asks about a place to read that was put together, not a link") {
  const auto read = [](ValueOrigin origin) {
    FlowQuery query = mail({source("url", "https://x.example/?d=1", CriticalKind::place, origin)});
    query.call.effect = Effect::read;
    return query;
  };
  CHECK(verdict(read(ValueOrigin::nowhere), kAll) == "ask labels.clearance");
  CHECK(verdict(read(ValueOrigin::untrusted), kAll) == "allow *");
  CHECK(verdict(read(ValueOrigin::trusted), kAll) == "allow *");
  FlowQuery inside = read(ValueOrigin::nowhere);
  inside.tool.sends = false;
  CHECK(verdict(inside, kAll) == "allow *");
}

TEST_CASE("labels.strict asks about every call with an effect that no condition covers") {
  CHECK(verdict(mail({kToAnn}), kAll, LabelMode::strict) == "ask labels.strict");
  CHECK(verdict(mail({kToAnn}), {{"mail.send(to=*@corp.example)"}, {}, {}}, LabelMode::strict) ==
        "allow mail.send(to=*@corp.example)");
  FlowQuery read = mail({kToAnn});
  read.call.effect = Effect::read;
  CHECK(verdict(read, kAll, LabelMode::strict) == "allow *");
}

TEST_CASE("what asks says which argument, its value and where it is from") {
  const FlowDecision said = rules_in(LabelMode::on).decide(mail({kToEve}), *rules_of(kAll));
  CHECK(said.argument == "to");
  CHECK(said.why ==
        "the argument 'to' is \"eve@evil.example\", which stands in no trusted text but in "
        "untrusted content: mail.read (c3.0)");
  REQUIRE(said.sources.size() == 1);
  CHECK(to_json(said.sources[0])["origin"] == "untrusted");
}

TEST_CASE("what a tool returns is trusted by what it may touch, and by what the operator says") {
  LabelSettings settings;
  settings.trusted = {"crm.*"};
  settings.untrusted = {"mbox.*", "crm.notes"};
  settings.critical = {{"mail.delete", {"id"}}};
  const LabelRules rules(settings);
  ToolSpec tool;
  tool.origin = "lua:tools/x.lua";
  const auto trust = [&](const std::string& name, bool stranger = false) {
    tool.name = name;
    return rules.flow_of(tool, ToolWords{stranger, {}}).trust;
  };
  CHECK(trust("csv.stats") == Trust::local);
  CHECK(trust("csv.stats", true) == Trust::untrusted);
  CHECK(trust("mbox.list") == Trust::untrusted);
  CHECK(trust("crm.notes") == Trust::untrusted);
  tool.permissions = {{"net", {"a.example"}}};
  CHECK(trust("web.read") == Trust::untrusted);
  CHECK(trust("crm.find") == Trust::trusted);
  CHECK(rules.flow_of(tool, {}).sends);
  tool.permissions = {{"memory", "read"}};
  CHECK(trust("notes.recall") == Trust::labelled);
  tool.origin = "mcp:files";
  tool.permissions = Json::object();
  CHECK(trust("mcp:files.read") == Trust::untrusted);
  tool.name = "mail.delete";
  CHECK(rules.flow_of(tool, {}).critical == std::vector<std::string>{"id"});
}

TEST_CASE("a stranger's tool does not say which of its arguments need no look") {
  const LabelRules rules({});
  ToolSpec tool;
  tool.origin = "lua:tools/x.lua";
  CHECK(rules.flow_of(tool, ToolWords{false, std::vector<std::string>{}}).critical.has_value());
  CHECK_FALSE(rules.flow_of(tool, ToolWords{true, std::vector<std::string>{}}).critical);
}

TEST_CASE("a tool that says whether its calls send data is taken at its word") {
  const LabelRules rules({});
  ToolSpec tool;
  tool.origin = "plugin:shop";
  ToolWords words;
  CHECK(rules.flow_of(tool, words).sends);
  words.sends = false;
  CHECK_FALSE(rules.flow_of(tool, words).sends);
}

TEST_CASE("each rule of labels has a meaning to tell, and no other has") {
  for (const char* rule : {"labels.critical", "labels.decision", "labels.content",
                           "labels.clearance", "labels.strict"}) {
    CHECK_FALSE(meaning_of_label_rule(rule).empty());
  }
  CHECK(meaning_of_label_rule("mail.*").empty());
}

}  // namespace
}  // namespace yoke
