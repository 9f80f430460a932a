#pragma once

namespace yoke {

// A named place where a test can end the process as a power cut would: when the environment
// variable YOKE_CRASH_AT is "NAME", or "NAME:N" for the Nth passage, this sends the process
// SIGKILL. Otherwise it costs one comparison.
//
// Threads: any. `name` is a literal, "store.before_commit".
void crash_point(const char* name);

}  // namespace yoke
