#include "models/anthropic/messages_wire.h"
#include "models/gemini/generate_wire.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"
#include "tests/fuzz/wire_promise.h"

// Whatever a vendor sends, whole or as a stream in any pieces, is a reply that says something or a
// failure with a sentence; its counts are within bounds; and what it is as a message can be sent
// back. The first byte says which vendor, how it answers and in what pieces.
namespace yoke::fuzz {
namespace {

std::unique_ptr<Wire> wire_of(unsigned char kind) {
  if ((kind & 1) == 0) return std::make_unique<anthropic::MessagesWire>();
  return std::make_unique<gemini::GenerateWire>();
}

}  // namespace
}  // namespace yoke::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = yoke::fuzz::text_of(data, size);
  if (input.empty()) return 0;
  const auto kind = static_cast<unsigned char>(input.front());
  yoke::fuzz::Given given;
  given.bytes = input.substr(1);
  given.streams = (kind & 2) != 0;
  given.step = 1 + (kind >> 2);
  yoke::fuzz::check_wire(*yoke::fuzz::wire_of(kind), "gemini-3-pro", given);
  return 0;
}
