#pragma once

#include <string>
#include <vector>

#include "hosts/app/app.h"
#include "hosts/terminal/terminal.h"

namespace yoke {

struct ServeOptions {
  std::vector<std::string> listen = {};  // instead of [serve] listen
  bool quiet = false;
  std::string version = {};  // of this program, in traces
};

// The HTTP hook: serves until SIGTERM or SIGINT, then takes no more requests, lets runs end or
// leaves them to be resumed, and returns. A second signal ends the patience. SIGHUP reads the
// certificate again. Gives the exit status.
awaitable<int> serve(App& app, Terminal& terminal, ServeOptions options);

}  // namespace yoke
