#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/secret.h"

namespace yoke {

// How a backend's own server is started. "{port}" in `command`, in the values of `env` and in the
// backend's base_url stands for the port that it gets.
struct LaunchSettings {
  std::vector<std::string> command;        // the program and its arguments
  std::map<std::string, std::string> env;  // all of its environment, references resolved
  std::vector<Secret> secrets = {};        // values that its log may not show
  std::string dir;                         // where it starts; absolute
  std::string health = {};  // path that answers once it is ready; empty: the preset's
  std::chrono::milliseconds load_timeout{std::chrono::minutes(15)};
  std::chrono::milliseconds backoff_first{500};  // after a crash; doubles with each in a row
};

// What stands in [backends.NAME] of a server on this machine. A backend that has none of it is
// not scheduled.
struct LocalSettings {
  std::optional<LaunchSettings> launch = {};  // none: it runs without us
  std::optional<int> slots = {};  // requests at a time; none: what the server says, else the preset
  std::optional<std::int64_t> memory_bytes = {};
  std::optional<std::chrono::milliseconds> idle_unload = {};

  bool is_used() const { return launch || slots || memory_bytes || idle_unload; }
};

// [local]: all such servers together.
struct LocalLimits {
  std::optional<std::int64_t> memory_bytes = {};
  std::string log_dir = {};  // where the servers' logs are kept; empty: nowhere
};

}  // namespace yoke
