#include "runtime/base/money.h"

#include <catch2/catch.hpp>
#include <limits>

namespace yoke {
namespace {

constexpr NanoUsd kMost = std::numeric_limits<NanoUsd>::max();
constexpr NanoUsd kLeast = std::numeric_limits<NanoUsd>::min();

TEST_CASE("an amount is written exactly, in no more places than it needs") {
  CHECK(to_dollars(0) == "$0");
  CHECK(to_dollars(12'300'000) == "$0.0123");
  CHECK(to_dollars(1) == "$0.000000001");
  CHECK(to_dollars(50'000'000) == "$0.05");
  CHECK(to_dollars(500'000'000) == "$0.50");
  CHECK(to_dollars(20 * kNanoPerUsd) == "$20.00");
  CHECK(to_dollars(-1'250'000'000) == "-$1.25");
  CHECK(to_dollars(kMost) == "$9223372036.854775807");
  CHECK(to_dollars(kLeast) == "-$9223372036.854775808");
}

TEST_CASE("an amount that was written is read back exactly") {
  for (const NanoUsd amount : {NanoUsd{0}, NanoUsd{1}, NanoUsd{-7}, NanoUsd{12'300'000},
                               NanoUsd{123'456'789'012}, kMost}) {
    CHECK(*nano_from_dollars(to_dollars(amount)) == amount);
  }
}

TEST_CASE("decimals are read without passing through a double") {
  CHECK(*nano_from_dollars("0.1") == 100'000'000);
  CHECK(*nano_from_dollars("20") == 20 * kNanoPerUsd);
  CHECK(*nano_from_dollars("0.000000001") == 1);
  CHECK(*nano_from_dollars("-0.5") == -500'000'000);
}

TEST_CASE("what is no amount, or is finer or larger than an amount can be, is refused") {
  for (const char* text :
       {"", "$", ".5", "1.", "1,5", "1e3", "0.0000000001", "9223372036.854775808",
        "99999999999999999999", "--1", "1.2.3", " 1", "abc"}) {
    CAPTURE(text);
    CHECK(nano_from_dollars(text).has_error());
  }
}

TEST_CASE("a configured double is rounded to the nearest nano-dollar and never overflows") {
  CHECK(nano_from_double(0.1) == 100'000'000);
  CHECK(nano_from_double(0.0000000015) == 2);
  CHECK(nano_from_double(-0.25) == -250'000'000);
  CHECK(nano_from_double(1e300) == kMost);
  CHECK(nano_from_double(-1e300) == kLeast);
  CHECK(nano_from_double(std::numeric_limits<double>::quiet_NaN()) == 0);
}

}  // namespace
}  // namespace yoke
