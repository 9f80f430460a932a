#include "sandbox/worker/packet.h"

#include <catch2/catch.hpp>
#include <vector>

namespace yoke::sandbox {
namespace {

std::vector<std::string> packets_of(const Message& message) {
  std::vector<std::string> packets;
  std::size_t sent = 0;
  while (const auto packet = packet_at(message, sent)) {
    packets.push_back(*packet);
    sent += packet->size() - kPacketHeadBytes;
    if (sent >= message.body.size()) break;
  }
  return packets;
}

}  // namespace

TEST_CASE("a message of any length comes whole out of its packets") {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, kPartBytesMax - 1, kPartBytesMax,
                                  kPartBytesMax + 1, 5 * kPartBytesMax + 7}) {
    INFO(bytes);
    const Message message{3, 70'000, std::string(bytes, 'x')};
    Assembler assembler(1 << 20);
    const std::vector<std::string> packets = packets_of(message);
    for (std::size_t i = 0; i < packets.size(); ++i) {
      CHECK(packets[i].size() <= kPacketBytesMax);
      const auto added = assembler.add(packets[i]);
      REQUIRE(added.has_value());
      REQUIRE(added->has_value() == (i + 1 == packets.size()));
      if (!*added) continue;
      CHECK((*added)->type == 3);
      CHECK((*added)->call == 70'000);
      CHECK((*added)->body == message.body);
    }
  }
}

TEST_CASE("a packet that does not continue its message is refused") {
  const std::vector<std::string> packets =
      packets_of(Message{1, 1, std::string(2 * kPartBytesMax, 'x')});
  const std::vector<std::string> others = packets_of(Message{1, 2, std::string("other")});
  Assembler begun(1 << 20);
  REQUIRE(begun.add(packets[0]).has_value());
  CHECK_FALSE(begun.add(others[0]).has_value());
  Assembler repeated(1 << 20);
  REQUIRE(repeated.add(packets[0]).has_value());
  CHECK_FALSE(repeated.add(packets[0]).has_value());
  Assembler late(1 << 20);
  CHECK_FALSE(late.add(packets[1]).has_value());
}

TEST_CASE("a message longer than is taken is refused at its first packet") {
  Assembler assembler(100);
  const auto added = assembler.add(packets_of(Message{1, 1, std::string(101, 'x')})[0]);
  REQUIRE_FALSE(added.has_value());
  CHECK(added.error().code == Errc::too_large);
}

}  // namespace yoke::sandbox
