#pragma once

#include <memory>
#include <string>

#include "hosts/hook/dispatcher.h"
#include "hosts/hook/services.h"
#include "runtime/base/result.h"

namespace yoke {

// The API on a socket file beside the store, for the commands of the user whose process this is
// (ApiPlace::socket). Who connects as another user is cut off; no key is asked for.
//
// Ownership: borrows the app, drivers, feed and clock of the services, not their gate. stop() has
//            returned before it goes.
// Threads:   loop thread only.
class ApiSocket {
 public:
  struct Beside {
    Endpoints endpoints = {};  // besides those of add_api()
    Dispatcher::OnDone on_done = {};
  };
  explicit ApiSocket(const HookServices& services) : ApiSocket(services, Beside{}) {}
  ApiSocket(const HookServices& services, Beside beside);
  ~ApiSocket();
  ApiSocket(const ApiSocket&) = delete;
  ApiSocket& operator=(const ApiSocket&) = delete;

  // Errors: conflict (somebody listens there), unavailable.
  Result<void> listen(const std::string& path);
  // Takes no more requests; those under way end until then. The feed is closed before, or streams
  // last as long.
  awaitable<void> stop(Deadline until);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace yoke
