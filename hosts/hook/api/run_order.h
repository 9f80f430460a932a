#pragma once

#include <string>

#include "hosts/app/app.h"
#include "hosts/hook/api/schemas.h"
#include "hosts/hook/principal.h"
#include "hosts/hook/reply.h"

// From a body of POST /v1/runs or POST /v1/sessions/{id}/messages to the run that it wants.
namespace yoke {

// A run before its program is known. The body is as its schema says.
struct RunOrder {
  ProgramChoice choice;
  StartRun run;
  Json limits = nullptr;  // over those of the agent
  bool go_on = false;     // with the newest session; on the socket alone
};
using OrderRead = std::variant<Refusal, RunOrder>;

// Refuses what no schema can say: a task that is there twice, images that are none, models that
// this one may not use.
OrderRead read_order(const Json& body, const Principal& who, ApiPlace place, const Config& config);

// The bounds that a body names, over the agent's own. Errors: invalid.
Result<RunLimits> limits_over(const Json& wanted, const RunLimits& defaults);

// The program of the order, found and with its model there. Errors as a refusal, also where the
// order says nothing to do and the agent is no workflow.
std::optional<Refusal> choose_program(App& app, const Principal& who, ApiPlace place,
                                      RunOrder& order);

}  // namespace yoke
