#include "hosts/hook/keys/exposure.h"

#include "hosts/hook/keys/site.h"
#include "runtime/http/address.h"

namespace yoke {
namespace {

Error refuse_to_serve(const std::string& what, const std::string& instead) {
  return Error{Errc::denied, what +
                                 ", and nobody would be asked for a key: make one with 'yoke keys "
                                 "create NAME', set [serve.oidc], or " +
                                 instead};
}

}  // namespace

Result<void> may_serve(const Exposure& exposure) {
  if (exposure.has_keys || exposure.has_oidc) return {};
  for (const std::string& address : exposure.addresses) {
    if (address.empty() || is_loopback_name(address)) continue;
    return refuse_to_serve("others can reach " + address, "listen on 127.0.0.1");
  }
  for (const std::string& host : exposure.hosts) {
    if (is_loopback_name(host)) continue;
    return refuse_to_serve("[serve] hosts names '" + host + "', by which others come",
                           "take that name out");
  }
  return {};
}

}  // namespace yoke
