#pragma once

#include <memory>
#include <string>

#include "hosts/hook/triggers.h"
#include "tests/hook/hook_world.h"

namespace yoke::testing {

// The project of HookWorld with every endpoint that `yoke serve` has for tenants; nothing is sent
// or due by itself. [webhooks.ops] is acme's and told of every event of its runs.
class WholeHook : public HookWorld {
 public:
  explicit WholeHook(Drivers::Options driving = {});

  // Asks as that caller, with all that they may do.
  HttpResponse as(const Principal& who, const std::string& method, const std::string& target,
                  const Json& body = nullptr, HttpHeaders headers = {});

 private:
  struct Held {
    std::unique_ptr<Triggers> triggers;
  };
  WholeHook(std::shared_ptr<Held> held, Drivers::Options driving);

  std::shared_ptr<Held> held_;  // by this and, while it is built, by what adds the endpoints
};

Principal caller(const std::string& tenant, const std::string& name);

}  // namespace yoke::testing
