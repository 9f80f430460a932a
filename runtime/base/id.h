#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace yoke {

// The randomness the runtime may use: injected, so that a simulation is repeatable.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;
};

class SystemRandom final : public Random {  // the kernel's generator
 public:
  std::uint64_t next() override;
};

class SeededRandom final : public Random {  // splitmix64; for tests and replay, not for secrets
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

// A ULID: 26 characters of Crockford base 32, in order of creation (github.com/ulid/spec).
std::string make_ulid(std::int64_t wall_us, Random& random);
bool is_ulid(std::string_view text);

}  // namespace yoke
