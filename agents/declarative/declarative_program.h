#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/declarative/declarative_agent.h"
#include "runtime/engine/agent.h"

namespace yoke {

// What a host found here for a declarative agent.
struct DeclarativeMeans {
  std::string name;                // what it is run by
  std::string model = "default";   // a route or "backend/model"
  std::vector<std::string> tools;  // patterns; its workers as "agent:NAME"
  std::vector<std::string> notes;  // how to use what it has, a line each: for the model
  bool writes_code = false;        // its code interpreter: the strategy "code"
};

// The instructions that its model is given: the manifest's, what its behaviour and its editorial
// answers ask for, and the notes. Pure.
std::string instructions_of(const DeclarativeAgent& agent, const DeclarativeMeans& means);

// The agent. Errors: as of make_agent().
Result<std::shared_ptr<const Agent>> agent_from_declarative(const DeclarativeAgent& agent,
                                                            const DeclarativeMeans& means);

// A name as files and commands take it: "Il Ristorante" is "il-ristorante"; "agent" where nothing
// is left.
std::string plain_agent_name(std::string_view name);

}  // namespace yoke
