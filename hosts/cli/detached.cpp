#include "hosts/cli/attended.h"
#include "hosts/cli/support.h"
#include "hosts/control/client.h"

namespace yoke {

int run_detached(const CommonOptions& common, Terminal& terminal, const RunOptions& options) {
  Json body{{"agent", options.agent}, {"task", options.task}, {"by", user_name()}};
  if (!options.session.empty()) body["session"] = options.session;
  if (!options.model.empty()) body["model"] = options.model;
  const std::optional<int> status = start_over_socket(common, terminal, body);
  if (status) return *status;
  return fail(terminal,
              Error{Errc::unavailable,
                    "no running yoke holds this store, so there is nobody to hand the run "
                    "to; leave --detach out"});
}

}  // namespace yoke
