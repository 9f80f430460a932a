#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/ports/policy.h"
#include "runtime/ports/tool.h"

namespace yoke {

// A rule as it is written, and where: "yoke.toml:12"; empty where that is not known.
struct PolicyText {
  PolicyText(const char* text) : text(text) {}
  PolicyText(std::string text, std::string place = {})
      : text(std::move(text)), place(std::move(place)) {}
  std::string text;
  std::string place;
};

// The operator's lists, as yoke.toml has them.
struct PolicyLists {
  std::vector<PolicyText> allow;
  std::vector<PolicyText> ask;
  std::vector<PolicyText> deny;
};

// One rule: a glob over the whole qualified name and, in parentheses, globs over arguments:
//   mail.send(to=*@elsewhere.example, cc=*)
// An argument is named by its path ("message.to"); a value with commas, parentheses or outer spaces
// stands in double quotes. All conditions must hold. Where an argument is a list, `deny` and `ask`
// hold when one element matches, `allow` only when every element does. What is no text is matched
// as JSON. An absent argument matches nothing.
struct PolicyRule {
  Verdict verdict = Verdict::deny;
  std::string text;                                                  // as written
  std::string name;                                                  // the glob over the name
  std::vector<std::pair<std::string, std::string>> conditions = {};  // argument, glob
  std::string place = {};                                            // of the text

  bool matches(const PolicyQuery& query) const;
};

// Errors: invalid; `place` is the text's, else names the list: "policy.ask".
Result<PolicyRule> parse_policy_rule(Verdict verdict, const PolicyText& text);

// deny wins over ask, ask over allow. Where no rule speaks: an agent that lists the tool in
// `approve` asks; else it is as the tool's maker wants it confirmed; else what is declared read or
// idempotent is allowed, and what is `once` is asked about.
class PolicyRules final : public Policy {
 public:
  static Result<std::unique_ptr<PolicyRules>> from_lists(const PolicyLists& lists);
  explicit PolicyRules(std::vector<PolicyRule> rules) : rules_(std::move(rules)) {}

  PolicyDecision decide(const PolicyQuery& query) const override;
  const std::vector<PolicyRule>& rules() const { return rules_; }
  // Every rule that speaks of the call, in the order in which they win.
  std::vector<const PolicyRule*> matching(const PolicyQuery& query) const;

 private:
  std::vector<PolicyRule> rules_;  // deny first, then ask, then allow
};

// What is wrong with rules that parse: one that names a tool there is none of, and one that can
// never decide. `names` are the qualified names of every tool; the host modules' functions
// ("http.get") may be named as well, and tools of other kinds ("mcp:files.read").
std::vector<Error> check_policy(const PolicyRules& rules, std::span<const std::string> names);

// Rules with a condition on an argument that nothing they name has: they would never match, and a
// `deny` among them would deny nothing. A rule is well when one tool, or one function of a host
// module, has the argument.
std::vector<Error> check_arguments(const PolicyRules& rules, const ToolSet& tools);

// "deny: the rule '*.delete' in policy.deny", for people.
std::string explain(const PolicyDecision& decision);

}  // namespace yoke
