#include "sandbox/worker/socket.h"

#include <sys/socket.h>

#include <cerrno>

namespace yoke::sandbox {

Received receive_packet(int socket, std::string& buffer, Wait wait) {
  buffer.resize(kPacketBytesMax + 1);
  ssize_t got = -1;
  do {
    got = ::recv(socket, buffer.data(), buffer.size(), wait == Wait::yes ? 0 : MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    return errno == EAGAIN || errno == EWOULDBLOCK ? Received::nothing : Received::closed;
  }
  if (got == 0) return Received::closed;
  const auto bytes = static_cast<std::size_t>(got);
  buffer.resize(bytes);
  return bytes > kPacketBytesMax ? Received::broken : Received::packet;
}

bool send_message(int socket, const Message& message) {
  std::size_t offset = 0;
  while (const std::optional<std::string> packet = packet_at(message, offset)) {
    ssize_t sent = -1;
    do {
      sent = ::send(socket, packet->data(), packet->size(), MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0) return false;
    offset += packet->size() - kPacketHeadBytes;
    if (offset >= message.body.size()) break;
  }
  return true;
}

}  // namespace yoke::sandbox
