#pragma once

#include <optional>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/engine/machine.h"

// Private to the engine.
namespace yoke {

// What a queued run goes on from once its turn has come: those before it have ended, so it is the
// same whenever it is asked for.
struct Engine::Turn {
  Event event;                 // run.dequeued
  std::vector<Message> prior;  // the messages of the session's earlier runs
};

// A run whose first model call is journaled with its start, and is to be made.
struct Engine::Begun {
  RunState state;
  StartModel first;
};

}  // namespace yoke
