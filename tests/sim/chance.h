#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/id.h"

namespace yoke::sim {

// Dice. What a run's course depends on is thrown with a seed made of its content alone, so that it
// comes out alike whatever disturbs the run; what disturbs is thrown with the simulation's own.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : random_(seed) {}

  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : random_.next() % bound; }
  bool in(std::uint64_t odds) { return below(odds) == 0; }  // one in so many; never for 0 ...
  bool per_mille(std::uint64_t share) { return below(1000) < share; }
  std::uint64_t next() { return random_.next(); }

 private:
  SeededRandom random_;
};

// A seed made of a text: the same text, the same dice.
inline std::uint64_t seed_of(std::uint64_t seed, std::string_view text) {
  std::uint64_t hash = 14695981039346656037u ^ (seed * 1099511628211u);
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211u;
  }
  return hash;
}

}  // namespace yoke::sim
