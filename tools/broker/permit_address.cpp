#include "tools/broker/permit_address.h"

#include "runtime/http/address.h"
#include "tools/broker/host_pattern.h"

namespace yoke {
namespace {

using Address = boost::asio::ip::address;

Error denied(std::string why) { return Error{Errc::denied, std::move(why)}; }

bool is_link_local(const Address& address) {
  if (address.is_v6()) {
    return address.to_v6().is_link_local() || address.to_v6().is_v4_mapped();
  }
  return (address.to_v4().to_uint() >> 16) == 0xa9fe;  // 169.254.0.0/16: cloud metadata lives there
}

}  // namespace

Result<void> permit_inside(const std::string& host, const Address& address) {
  boost::system::error_code no_literal;
  const Address literal = boost::asio::ip::make_address(host, no_literal);
  if (!no_literal && literal == address) return {};
  if (is_public_address(address)) return {};
  const bool loopback_only = is_loopback_name(host);
  const bool odd = address.is_unspecified() || address.is_multicast() || is_link_local(address);
  if (!odd && (!loopback_only || address.is_loopback())) return {};
  return denied("'" + host + "' leads to " + address.to_string() + ", which no grant covers");
}

Result<void> permit_outside(const std::string& host, const Address& address) {
  if (is_public_address(address)) return {};
  return denied("'" + host + "' leads to " + address.to_string() +
                ", which is no public address; permissions.net can grant it as \"private:" + host +
                "\"");
}

}  // namespace yoke
