#pragma once

#include <boost/asio/ip/address.hpp>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke {

// True for addresses of the public Internet only: not loopback, private, link-local, shared
// (CGNAT), multicast, documentation, reserved, nor an IPv6 form that carries such an IPv4 address.
bool is_public_address(const boost::asio::ip::address& address);

// "localhost", "x.localhost", 127.0.0.0/8, "::1"; lower case, no brackets, no port.
bool is_loopback_name(std::string_view host);

// A PermitAddress that lets only public addresses pass.
Result<void> permit_public(const std::string& host, const boost::asio::ip::address& address);

}  // namespace yoke
