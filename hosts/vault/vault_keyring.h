#pragma once

#include <string>

#include "runtime/base/result.h"
#include "runtime/base/secret.h"

namespace yoke {

// Where the desktop keeps its user's passwords, as far as a vault needs it: keys by an id.
//
// Threads:   any.
// Errors:    not_found: it has no key of that id. denied: it is locked, and only a person can
// unlock
//            it. unavailable, timed_out, unsupported: there is none, or none that answers. They
//            name the mend, never a key. Nothing waits for a person, and nothing waits without an
//            end.
class VaultKeyring {
 public:
  virtual ~VaultKeyring() = default;

  // Whether a key can be kept now.
  virtual Result<void> check() = 0;
  virtual Result<Secret> key(const std::string& id) = 0;
  // On its disk once this returns, as far as it can be known. `label` is what a person sees of it.
  virtual Result<void> keep(const std::string& id, const Secret& key, const std::string& label) = 0;
  virtual Result<void> forget(const std::string& id) = 0;
};

}  // namespace yoke
