#pragma once

#include <string>

#include "models/catalogue.h"
#include "models/routes/plan.h"
#include "runtime/ports/model.h"

namespace yoke {

// What a request needs of the model that is to answer it.
struct Needs {
  bool images = false;
  bool tools = false;
  bool schema = false;
  std::int64_t tokens = 0;  // of input, estimated, and of output at most
};
Needs needs_of(const ModelRequest& request);

// What of that the model is known to lack: "takes no images"; empty: nothing is known to be
// missing.
std::string lack_of(const Needs& needs, const ModelFacts& facts);

// Leaves those out of the plan that lack something, as long as there is another target that is not
// known to. The plan's `why` says who was passed over.
void pass_over_unable(RoutePlan& plan, const PlanInput& input);

}  // namespace yoke
