#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>

#include "runtime/base/result.h"

namespace yoke {

// Decide on an address that a granted name leads to, before it is connected to. Errors: denied,
// naming both.

// The name was granted as one that may lead inside (HostPattern::inside).
Result<void> permit_inside(const std::string& host, const boost::asio::ip::address& address);
// Any other: public addresses only.
Result<void> permit_outside(const std::string& host, const boost::asio::ip::address& address);

}  // namespace yoke
