#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke {

// One entry of `net`: which hosts a script may connect to.
//
//   api.example            that host, any port, over TLS
//   api.example:8443       that port alone
//   *.example              every host below it, not itself
//   *                      every host with a public address
//   http://api.example     the same host, also without TLS
//   127.0.0.1  localhost   this machine, also without TLS (granting it by name is the consent)
//   10.0.0.7   [fd00::1]   a private address, granted literally
//   private:wiki.corp      a host name that may lead to a private address
struct HostPattern {
  std::string text;       // as written
  std::string host;       // lower case, without brackets and port
  int port = 0;           // 0: any
  bool plain = false;     // may go without TLS
  bool inside = false;    // may lead to a loopback or private address
  bool wildcard = false;  // "*" or "*.x"

  bool covers(std::string_view host_name, int port_number) const;
};

Result<HostPattern> parse_host_pattern(std::string_view text);

// "connect to api.example", for people.
std::string describe(const HostPattern& pattern);

// A host as an address writes it, in the one form that patterns compare: lower case, no trailing
// dot, no brackets. Errors: invalid for a name that is not plain ASCII or holds what no host name
// does.
Result<std::string> normal_host(std::string_view host);

}  // namespace yoke
