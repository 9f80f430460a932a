#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke::sandbox {

// One message between the host and a worker: what it is, which call it belongs to (0: none), and
// its body as JSON text.
struct Message {
  std::uint8_t type = 0;
  std::uint32_t call = 0;
  std::string body;
};

// Messages travel as packets of a SEQPACKET socket, which keeps their borders. A packet is
//
//   offset 0  'Y' 'k'        every packet begins so
//          2  1              the version of the format
//          3  type
//          4  call           32 bits, little endian, as are those that follow
//          8  bytes of the whole body
//         12  where in the body this packet's part begins
//         16  the part: at least one byte, unless the body is empty; at most kPartBytesMax
//
// The packets of a message follow each other: none of another message comes between.
inline constexpr std::size_t kPacketHeadBytes = 16;
inline constexpr std::size_t kPartBytesMax = 48 << 10;
inline constexpr std::size_t kPacketBytesMax = kPacketHeadBytes + kPartBytesMax;

// The packet that carries the body from `offset` on; nothing when it is all sent. The first is at
// 0.
std::optional<std::string> packet_at(const Message& message, std::size_t offset);

// Puts packets together again, trusting none of them.
class Assembler {
 public:
  explicit Assembler(std::size_t body_bytes_max) : body_bytes_max_(body_bytes_max) {}

  // A message when this packet completes one. Errors: invalid, too_large; the peer is broken, and
  // nothing more of it is to be read.
  Result<std::optional<Message>> add(std::string_view packet);

 private:
  const std::size_t body_bytes_max_;
  Message message_;
  std::size_t total_ = 0;
  bool inside_ = false;  // of a message that is not complete
};

}  // namespace yoke::sandbox
