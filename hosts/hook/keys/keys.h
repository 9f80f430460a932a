#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hosts/app/app.h"
#include "hosts/hook/gatekeeper.h"

namespace yoke {

// Who may ask the hook what: keys, tokens, rates, Host and Origin, as yoke.toml and the store have
// it.
//
// Ownership: borrows the app.
class AccessControl {
 public:
  // `addresses`: what is listened at, numeric; empty for a socket file. To be opened before
  // anything is listened at. Errors: denied (it would stand open to strangers: may_serve());
  // invalid, with file:line; a damaged record of a key.
  static awaitable<Result<std::unique_ptr<AccessControl>>> open(App& app,
                                                                std::vector<std::string> addresses);
  ~AccessControl();
  AccessControl(const AccessControl&) = delete;
  AccessControl& operator=(const AccessControl&) = delete;

  Gatekeeper& gate();

  struct Parts;
  explicit AccessControl(std::unique_ptr<Parts> parts);

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace yoke
