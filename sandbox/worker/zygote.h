#pragma once

#include <optional>

namespace yoke::sandbox {

// How a process is told that it is to be a zygote: by its name, with the socket as descriptor 3.
inline constexpr const char* kZygoteName = "yoke-zygote";
inline constexpr int kZygoteSocket = 3;

// First thing in main(): where this process was started to be a zygote, does that to its end and
// gives the status to exit with. A zygote is this program executed afresh, with an empty
// environment and one socket: it has no thread, no secret and no file, and nor have the workers
// that it forks.
std::optional<int> run_if_zygote(int argc, char** argv);

}  // namespace yoke::sandbox
