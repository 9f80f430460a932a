#pragma once

#include <memory>
#include <optional>
#include <string>

#include "runtime/base/result.h"
#include "runtime/base/secret.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

// Where sign-ins are kept between processes: the vault. Implemented by hosts/.
//
// Threads:   loop thread only.
// Errors:    unavailable or denied, naming the file and the mend.
class TokenShelf {
 public:
  virtual ~TokenShelf() = default;
  // None: nothing is kept under that name.
  virtual awaitable<Result<std::optional<Secret>>> take(std::string tenant, std::string name) = 0;
  // Durable once this returns.
  virtual awaitable<Result<void>> put(std::string tenant, std::string name, Secret text) = 0;
  virtual awaitable<Result<void>> remove(std::string tenant, std::string name) = 0;

  // While this is held, no other process renews the same sign-in: a refresh token that is used
  // twice may end all of it. Waits until the deadline. Given back when the hold goes.
  class Hold {
   public:
    virtual ~Hold() = default;
  };
  virtual awaitable<Result<std::unique_ptr<Hold>>> hold(std::string tenant, std::string name,
                                                        Deadline deadline) = 0;
};

}  // namespace yoke
