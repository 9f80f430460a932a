#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hosts/hook/reply.h"

// That a request is meant for this host, and not sent by a page from elsewhere: pure functions.
namespace yoke {

struct SiteRules {
  // What it listens at, numeric: "127.0.0.1", "::1"; an unspecified one ("0.0.0.0", "::") stands
  // for every address that this machine has.
  std::vector<std::string> addresses = {};
  std::vector<std::string> hosts = {};    // [serve] hosts: names, or globs over them; no port
  std::vector<std::string> origins = {};  // [serve] origins: "https://app.example"
};

// Refuses a Host that is neither a loopback name, nor an address that is listened at, nor one of
// `hosts`: by such a name a page from elsewhere would reach this machine (DNS rebinding). Refuses
// an Origin that is neither the same nor one of `origins`. Of what comes over a socket file any
// Host will do. Refuses a key in the address, where logs and browsers keep it.
std::optional<Refusal> check_site(const HttpRequest& request, const SiteRules& rules);

// For a page of one of `origins`; with what a preflight asks for when it is one.
HttpHeaders cors_headers(const HttpRequest& request, const SiteRules& rules);

}  // namespace yoke
