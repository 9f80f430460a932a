#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>

#include "runtime/base/ensure.h"

namespace yoke::testing {

// A port of this machine that nobody else is given for as long as this lives, whether a test's own
// server listens at it or nobody does: then connections are refused.
class HeldPort {
 public:
  HeldPort() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    // Who sets this as well, as servers do, may listen at the port beside it.
    const int reuse = 1;
    ENSURE(::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof(reuse)) == 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof(place);
    auto* raw = reinterpret_cast<sockaddr*>(&place);
    ENSURE(::bind(socket_, raw, bytes) == 0);
    ENSURE(::getsockname(socket_, raw, &bytes) == 0);
    number_ = ntohs(place.sin_port);
  }
  ~HeldPort() { ::close(socket_); }
  HeldPort(const HeldPort&) = delete;
  HeldPort& operator=(const HeldPort&) = delete;

  std::uint16_t number() const { return number_; }

 private:
  const int socket_;
  std::uint16_t number_ = 0;
};

}  // namespace yoke::testing
