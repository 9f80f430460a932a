#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sandbox/vm.h"
#include "tools/broker/host_module.h"

namespace yoke {

// Where every effect of a script is decided and performed. A script only ever says what it wants,
// as plain data; capability, policy and audit are here, in the host.
//
// Threads: loop thread only.
class Broker {
 public:
  explicit Broker(std::vector<std::unique_ptr<HostModule>> modules);

  // Errors: unsupported: the permissions name a module that this host does not have.
  Result<void> check(const Permissions& permissions) const;

  const std::vector<std::unique_ptr<HostModule>>& modules() const { return modules_; }

  // Never throws for what the request itself came to; faults of the host pass through.
  awaitable<sandbox::HostReply> handle(sandbox::HostCall call, CallScope& scope);

 private:
  HostModule* find(std::string_view name) const;

  const std::vector<std::unique_ptr<HostModule>> modules_;
};

}  // namespace yoke
