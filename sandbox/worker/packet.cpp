#include "sandbox/worker/packet.h"

#include <algorithm>
#include <utility>

namespace yoke::sandbox {

namespace {

constexpr char kMagic[3] = {'Y', 'k', 1};

void put_number(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) {
    out.push_back(static_cast<char>(static_cast<unsigned char>(value >> shift & 0xff)));
  }
}

std::uint32_t number_at(std::string_view packet, std::size_t offset) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(packet[offset + i]);
  }
  return value;
}

Error broken(const char* why) {
  return Error{Errc::invalid, std::string("a packet is broken: ") + why};
}

}  // namespace

std::optional<std::string> packet_at(const Message& message, std::size_t offset) {
  const std::size_t total = message.body.size();
  if (offset > total || (offset == total && total > 0)) return std::nullopt;
  const std::size_t bytes = std::min(total - offset, kPartBytesMax);
  std::string packet;
  packet.reserve(kPacketHeadBytes + bytes);
  packet.append(kMagic, sizeof kMagic);
  packet.push_back(static_cast<char>(message.type));
  put_number(packet, message.call);
  put_number(packet, static_cast<std::uint32_t>(total));
  put_number(packet, static_cast<std::uint32_t>(offset));
  packet.append(message.body, offset, bytes);
  return packet;
}

Result<std::optional<Message>> Assembler::add(std::string_view packet) {
  if (packet.size() < kPacketHeadBytes) return broken("shorter than its head");
  if (packet.substr(0, sizeof kMagic) != std::string_view(kMagic, sizeof kMagic)) {
    return broken("it does not begin as a packet");
  }
  const auto type = static_cast<std::uint8_t>(packet[3]);
  const std::uint32_t call = number_at(packet, 4);
  const std::size_t total = number_at(packet, 8);
  const std::size_t offset = number_at(packet, 12);
  const std::string_view part = packet.substr(kPacketHeadBytes);
  if (total > body_bytes_max_) {
    return Error{Errc::too_large, "a message of " + std::to_string(total) + " bytes; at most " +
                                      std::to_string(body_bytes_max_) + " are taken"};
  }
  if (!inside_) {
    if (offset != 0) return broken("the begin of its message is missing");
    message_ = Message{type, call, {}};
    total_ = total;
  } else if (type != message_.type || call != message_.call || total != total_ ||
             offset != message_.body.size()) {
    return broken("it does not continue the message before it");
  }
  if (part.size() > total - message_.body.size()) return broken("longer than its message");
  if (part.empty() && total > 0) return broken("it carries nothing");
  message_.body.append(part);
  inside_ = message_.body.size() < total;
  if (inside_) return std::optional<Message>();
  return std::optional<Message>(std::exchange(message_, {}));
}

}  // namespace yoke::sandbox
