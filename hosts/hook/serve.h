#pragma once

#include <string>
#include <vector>

#include "hosts/app/app.h"
#include "hosts/hook/service_manager.h"
#include "hosts/terminal/terminal.h"

namespace yoke {

struct ServeOptions {
  std::vector<std::string> listen = {};  // instead of [serve] listen
  bool quiet = false;
  std::string version = {};  // of this program, in traces
  // take_service_variables(); unless set, there is no service manager.
  Variable service = [](const std::string&) { return std::string(); };
};

// The HTTP hook: serves until SIGTERM or SIGINT, then takes no more requests, lets runs end or
// leaves them to be resumed, and returns. A second signal ends the patience. SIGHUP reads the
// certificate again. The API is on the control socket beside the store as well. Sockets that the
// service manager passes in take the place of [serve] listen; it is told how things stand. Gives
// the exit status.
awaitable<int> serve(App& app, Terminal& terminal, ServeOptions options);

}  // namespace yoke
