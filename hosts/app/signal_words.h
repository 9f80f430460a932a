#pragma once

#include <string>

// How a person is told of signals.
namespace yoke {

// "yoke runs signal RUN NAME", to be pasted into a shell.
std::string signal_command(const std::string& run_id, const std::string& name);

}  // namespace yoke
