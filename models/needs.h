#pragma once

#include <string>

#include "models/catalogue.h"
#include "runtime/ports/model.h"

namespace yoke {

// What the request needs and a model of these facts does not have, in few words; empty: nothing is
// known to be missing.
std::string lacking(const ModelFacts& facts, const ModelRequest& request);

}  // namespace yoke
