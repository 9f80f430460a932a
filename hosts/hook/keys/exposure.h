#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace yoke {

// Who could reach the hook, and what keeps strangers out.
struct Exposure {
  std::vector<std::string> addresses = {};  // listened at, numeric; empty: a socket file
  std::vector<std::string> hosts = {};      // [serve] hosts: names that proxies bring along
  bool has_keys = false;
  bool has_oidc = false;
};

// Without keys and tokens the hook serves this machine alone: loopback and the socket file.
// Errors: denied, naming what is open and what to do.
Result<void> may_serve(const Exposure& exposure);

}  // namespace yoke
