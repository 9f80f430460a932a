#pragma once

#include "hosts/app/app.h"
#include "hosts/terminal/terminal.h"

namespace yoke {

// Does the work with the lease held and the control socket open, and leaves in order: nothing is
// driven any more when it returns or throws. A fault and App::stop() stop what was handed over;
// else it is driven on.
awaitable<int> hosted(App& app, Terminal& terminal, awaitable<int> work);

}  // namespace yoke
