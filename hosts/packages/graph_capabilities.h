#pragma once

#include <string>

#include "agents/declarative/declarative_agent.h"
#include "tools/graph/graph_tools.h"

namespace yoke {

// What a capability becomes where Microsoft Graph is asked, and what is to be said of it.
struct GraphMapping {
  bool is_here = false;       // something of it is in the grant now
  std::string text;           // what it becomes, or why it is not available
  AgentFindings differences;  // of its members, their pointers below the capability's
};

// Puts what the manifest says of a capability into `grant`. What it is to be kept to and cannot be
// is left out: never is it kept to less.
GraphMapping map_graph_capability(const DeclarativeCapability& capability, GraphGrant& grant);

}  // namespace yoke
