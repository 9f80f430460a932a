#pragma once

#include <vector>

#include "runtime/engine/engine.h"

// Private to the engine.
namespace yoke {

// What a queued run goes on from once its turn has come: those before it have ended, so it is the
// same whenever it is asked for.
struct Engine::Turn {
  Event event;                 // run.dequeued
  std::vector<Message> prior;  // the messages of the session's earlier runs
};

}  // namespace yoke
