#include "runtime/base/id.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>

#include "runtime/base/ensure.h"

namespace yoke {
namespace {

constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

// Appends the lowest `digits` base-32 digits of `value`, highest first.
void append_base32(std::string& text, std::uint64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i) text += kCrockford[(value >> (5 * i)) & 31];
}

}  // namespace

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  ssize_t got = 0;
  do {
    got = ::getrandom(&value, sizeof value, 0);
  } while (got < 0 && errno == EINTR);
  ENSURE(got == static_cast<ssize_t>(sizeof value));
  return value;
}

std::uint64_t SeededRandom::next() {
  state_ += 0x9E3779B97F4A7C15u;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
  return mixed ^ (mixed >> 31);
}

std::string make_ulid(std::int64_t wall_us, Random& random) {
  const auto wall_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(wall_us, 0) / 1000);
  std::string ulid;
  ulid.reserve(26);
  append_base32(ulid, wall_ms & 0xFFFF'FFFF'FFFF, 10);
  append_base32(ulid, random.next(), 8);  // 80 random bits: 40 of each draw
  append_base32(ulid, random.next(), 8);
  return ulid;
}

bool is_ulid(std::string_view text) {
  if (text.size() != 26 || text[0] > '7') return false;
  return text.find_first_not_of(kCrockford) == std::string_view::npos;
}

}  // namespace yoke
