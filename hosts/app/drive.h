#pragma once

#include <optional>
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

// A question that somebody is to answer, and the run that asks it.
struct OpenQuestion {
  std::string run_id;
  QuestionState question;
};
// The run's own, or that of a child it waits for.
awaitable<std::optional<OpenQuestion>> open_question(Store& store, RunState state);
// Until the run's timer is due, or a message has come for it.
awaitable<void> wait_for_timer(Store& store, std::string run_id, Micros ready_at);

}  // namespace yoke
