#pragma once

#include <boost/asio/ip/address.hpp>

#include "runtime/base/result.h"

namespace yoke {

// True for addresses of the public Internet only: not loopback, private, link-local, shared
// (CGNAT), multicast, documentation, reserved, nor an IPv6 form that carries such an IPv4 address.
bool is_public_address(const boost::asio::ip::address& address);

// A PermitAddress that lets only public addresses pass.
Result<void> permit_public(const std::string& host, const boost::asio::ip::address& address);

}  // namespace yoke
