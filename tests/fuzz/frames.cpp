#include <optional>
#include <string>

#include "runtime/base/ensure.h"
#include "sandbox/worker/frame.h"
#include "sandbox/worker/packet.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

// A frame that is taken is written as it was read; packets make one message or an error. Input:
// what kind of frame it is, and its body; or packets, each after its length in two bytes.
namespace yoke::fuzz {
namespace {

using sandbox::Assembler;
using sandbox::kBodyBytesMax;
using sandbox::Message;

// Written and read again it is the same frame, and so written the same.
template <class Frame>
void check_frame(const Result<Frame>& frame, Result<Frame> (*decode)(const Message&)) {
  if (!frame) {
    ENSURE(!frame.error().detail.empty());
    return;
  }
  const Message once = sandbox::encode(7, *frame);
  const Result<Frame> again = decode(once);
  ENSURE(again.has_value());
  ENSURE(sandbox::encode(7, *again).body == once.body);
}

void check_packets_of(const Message& message) {
  Assembler packets(kBodyBytesMax);
  std::size_t offset = 0;
  std::optional<Message> whole;
  while (const auto packet = sandbox::packet_at(message, offset)) {
    auto added = packets.add(*packet);
    ENSURE(added.has_value());
    whole = *added;
    offset += packet->size() - sandbox::kPacketHeadBytes;
    if (offset >= message.body.size()) break;
  }
  ENSURE(whole.has_value());
  ENSURE(whole->type == message.type && whole->call == message.call);
  ENSURE(whole->body == message.body);
}

void check_packets(std::string_view input) {
  Assembler packets(kBodyBytesMax);
  while (input.size() >= 2) {
    const std::size_t wanted =
        static_cast<unsigned char>(input[0]) * 256u + static_cast<unsigned char>(input[1]);
    const std::size_t length = std::min(wanted, input.size() - 2);
    const auto added = packets.add(input.substr(2, length));
    if (!added) return;  // the peer is broken
    input.remove_prefix(2 + length);
    if (*added) check_packets_of(**added);
  }
}

}  // namespace
}  // namespace yoke::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = yoke::fuzz::text_of(data, size);
  if (input.empty()) return 0;
  const auto type = static_cast<std::uint8_t>(input[0]);
  if (type == 0xff) {
    yoke::fuzz::check_packets(input.substr(1));
    return 0;
  }
  const yoke::sandbox::Message message{type, 7, std::string(input.substr(1))};
  yoke::fuzz::check_frame(yoke::sandbox::decode_to_worker(message),
                          yoke::sandbox::decode_to_worker);
  yoke::fuzz::check_frame(yoke::sandbox::decode_from_worker(message),
                          yoke::sandbox::decode_from_worker);
  yoke::fuzz::check_packets_of(message);
  return 0;
}
