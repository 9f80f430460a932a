#pragma once

#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "tests/support/process.h"

namespace yoke::testing {

// The Node.js that came with the peers, else the machine's own. Throws where the peers of dev/peers
// lack `package`.
std::string node_for(const std::string& package);

// A script of this folder, run by Node.js with the folder of the peers and `args`: it takes a JSON
// value a line and says one a line. It ends with this.
class Peer {
 public:
  Peer(const std::string& script, const std::string& package, const std::vector<std::string>& args);

  void tell(const Json& command) { process_.type(to_text(command) + "\n"); }
  Json next();  // throws when it has ended

 private:
  Process process_;
};

}  // namespace yoke::testing
