#include "hosts/hook/listed_agent.h"

#include <algorithm>

#include "hosts/app/project.h"
#include "runtime/base/text.h"

namespace yoke {

Result<void> check_listed_agent(App& app, const Principal& who, const std::string& agent) {
  std::vector<std::string> names;
  for (const AgentListing& each : app.project().agents()) {
    if (may_use_agent(who, each.name)) names.push_back(each.name);
  }
  if (std::find(names.begin(), names.end(), agent) != names.end()) return {};
  return Error{Errc::invalid, "no agent '" + printable(agent) + "'" + did_you_mean(agent, names) +
                                  "; GET /v1/agents lists them"};
}

}  // namespace yoke
