#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hosts/hook/principal.h"
#include "hosts/hook/reply.h"

namespace yoke {

// Who may answer the questions of some agents. Of several that match an agent, all hold.
struct AnswerRule {
  std::vector<std::string> agents = {"*"};  // globs over names
  std::vector<std::string> groups = {};     // one of these; empty: anybody
  bool not_requester = false;               // who started the run does not
  std::string place = {};                   // "yoke.toml:12"
};

// None: it may. `started_by` is the run's `by`.
std::optional<Refusal> may_answer(const std::vector<AnswerRule>& rules, const Principal& who,
                                  const std::string& agent, const std::string& started_by);

}  // namespace yoke
