#pragma once

#include <set>
#include <string>

#include "hosts/app/options.h"
#include "hosts/terminal/terminal.h"
#include "runtime/engine/engine.h"
#include "runtime/loop/offload.h"

namespace yoke {

// How a person at this process takes part in a run.
struct Attendance {
  Terminal& terminal;
  Pool& reader;                     // reads standard input, which may block
  Store& store;                     // where an answer from elsewhere is seen
  std::set<std::string>& attended;  // holds the run for as long as it is attended
  WhenAsked when_asked = WhenAsked::ask;
  std::string user;
  bool show_parked = true;  // tell how to answer when nobody is here to ask
};

// Drives a run until it ends or waits for somebody who is not here: asks what is to be asked, waits
// for its timers. SIGINT cancels the run; SIGTERM stops driving it, which it survives.
awaitable<Result<RunEnd>> drive_attended(Engine& engine, std::string run_id, Attendance attendance);

}  // namespace yoke
