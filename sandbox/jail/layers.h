#pragma once

#include <string>
#include <vector>

#include "runtime/base/json.h"

namespace yoke::sandbox {

// What stands between a worker process and the machine: each as it was found to be active.
struct Layers {
  bool no_new_privileges = false;
  bool no_capabilities = false;
  bool limits = false;             // memory, files, processes, core dumps (setrlimit)
  bool user_namespace = false;     // no identity outside its own
  bool network_namespace = false;  // no interface, not even loopback
  bool process_namespace = false;  // sees no process but itself
  bool ipc_namespace = false;
  bool empty_root = false;  // its root is an empty folder that cannot be written
  int landlock_abi = 0;     // files (from 1), TCP (4), signals and sockets (6); 0: absent
  bool seccomp = false;     // a dozen system calls; any other kills it

  friend bool operator==(const Layers&, const Layers&) = default;
};

Json to_json(const Layers& layers);
// Errors: invalid, naming what is missing or not known.
Result<Layers> layers_from_json(const Json& value);

// For people: the names of those that are active, and of those that are not.
struct LayerNames {
  std::vector<std::string> active;
  std::vector<std::string> missing;
};
LayerNames names_of(const Layers& layers);

}  // namespace yoke::sandbox
