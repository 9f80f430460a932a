#pragma once

#include "hosts/app/app.h"
#include "hosts/terminal/terminal.h"

namespace yoke {

enum class Control : std::uint8_t {
  here,     // hosted() opens the control socket beside the store
  in_work,  // the work does, with drivers of its own
};

// Does the work with the lease held and the control socket open, and leaves in order: nothing is
// driven any more when it returns or throws. A fault and App::stop() stop what was handed over;
// else it is driven on.
awaitable<int> hosted(App& app, Terminal& terminal, awaitable<int> work,
                      Control control = Control::here);

}  // namespace yoke
