#include "runtime/base/ensure.h"
#include "runtime/base/text.h"
#include "sandbox/html_text.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/target.h"

// Any bytes become text: UTF-8, without control characters, no longer than promised.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = yoke::sandbox::html_to_text(yoke::fuzz::text_of(data, size));
  ENSURE(yoke::is_valid_utf8(text));
  ENSURE(text.size() <= yoke::sandbox::kTextBytesPerByte * size);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    ENSURE((byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\t');
  }
  return 0;
}
