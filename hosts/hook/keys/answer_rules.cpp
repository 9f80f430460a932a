#include "hosts/hook/keys/answer_rules.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace yoke {
namespace {

bool concerns(const AnswerRule& rule, const std::string& agent) {
  return std::any_of(rule.agents.begin(), rule.agents.end(),
                     [&](const std::string& glob) { return glob_match(glob, agent); });
}

bool is_in_one(const Principal& who, const std::vector<std::string>& groups) {
  return std::any_of(who.groups.begin(), who.groups.end(), [&](const std::string& group) {
    return std::find(groups.begin(), groups.end(), group) != groups.end();
  });
}

Refusal refused(const Principal& who, const AnswerRule& rule, const std::string& why) {
  return {403, "denied", who.name + " may not answer this: " + why + " (" + rule.place + ")",
          "answer.denied"};
}

}  // namespace

std::optional<Refusal> may_answer(const std::vector<AnswerRule>& rules, const Principal& who,
                                  const std::string& agent, const std::string& started_by) {
  for (const AnswerRule& rule : rules) {
    if (!concerns(rule, agent)) continue;
    if (!rule.groups.empty() && !is_in_one(who, rule.groups)) {
      return refused(who, rule, "it takes one of the groups " + join(rule.groups, ", "));
    }
    if (rule.not_requester && who.name == started_by) {
      return refused(who, rule, "whoever started the run does not answer it");
    }
  }
  return std::nullopt;
}

}  // namespace yoke
