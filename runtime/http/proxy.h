#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/http/url.h"

namespace yoke {

// Which proxy, if any, a request goes through.
struct ProxySettings {
  std::string http = {};   // URL of the proxy for http requests; empty: none
  std::string https = {};  // … for https requests, reached by CONNECT
  // Hosts that are reached directly: "*", "host" (and what is below it), ".domain", an address, a
  // network "10.0.0.0/8", each with ":port" where only that port is meant.
  std::vector<std::string> direct = {};

  // The proxy's URL for a request, or empty. Loopback is always reached directly.
  const std::string& choose(const Url& url) const;
};

// From http_proxy, https_proxy, all_proxy and no_proxy, lower case before upper case.
ProxySettings proxies_from_environment();
// The same from any look-up; a variable that is not set is empty.
ProxySettings proxies_from(const std::function<std::string(const std::string& name)>& variable);

}  // namespace yoke
