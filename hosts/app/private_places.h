#pragma once

#include <string>

#include "runtime/http/http.h"
#include "tools/broker/host_pattern.h"

namespace yoke {

// What is known of an address that a plugin or an MCP server is asked at.
struct PlaceRule {
  bool is_written = false;  // the operator wrote it into yoke.toml: that is the consent to its host
  bool allow_private = false;  // and its name may lead to a private address
  std::string mend;            // what allows it, for people: "base_url in its section"
};

// What the address may lead to: public places, over https. An address that the operator wrote may
// be one of this machine or literally of a private network, and go without encryption.
// Errors: denied: it would be asked without encryption; invalid: no address.
Result<PermitAddress> permit_for(const std::string& url, const PlaceRule& rule);

// The patterns by which writing the address consents to its host.
void allow_host(const std::string& url, bool private_too, std::vector<HostPattern>& inside);

}  // namespace yoke
