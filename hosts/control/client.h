#pragma once

#include <optional>
#include <string>

#include "hosts/cli/options.h"

// The command line's side of the control socket: the process that drives runs is asked to act on
// them. Blocking. No value: nobody listens there, so the caller may take the store itself.
namespace yoke {

std::optional<int> answer_over_socket(const CommonOptions& common, Terminal& terminal,
                                      const RunsOptions& options);
std::optional<int> cancel_over_socket(const CommonOptions& common, Terminal& terminal,
                                      const RunsOptions& options);
// `body` as of POST /v1/runs. Prints the new run's id.
std::optional<int> start_over_socket(const CommonOptions& common, Terminal& terminal,
                                     const Json& body);

}  // namespace yoke
