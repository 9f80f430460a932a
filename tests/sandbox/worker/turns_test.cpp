#include "sandbox/worker/turns.h"

#include <catch2/catch.hpp>
#include <vector>

namespace yoke::sandbox {
namespace {

std::vector<std::uint32_t> all_of(Turns& turns) {
  std::vector<std::uint32_t> order;
  while (const auto call = turns.pop()) order.push_back(*call);
  return order;
}

}  // namespace

TEST_CASE("a run with many calls has no more turns than one with a single call") {
  Turns turns;
  for (std::uint32_t call = 1; call <= 5; ++call) turns.push(call, "many", false);
  turns.push(6, "one", false);
  CHECK(all_of(turns) == std::vector<std::uint32_t>{1, 6, 2, 3, 4, 5});
}

TEST_CASE("calls that have used up a slice wait behind the others, but not for ever") {
  Turns turns;
  turns.push(100, "long", true);
  turns.push(101, "long", true);
  for (std::uint32_t call = 1; call <= 8; ++call) turns.push(call, "brief", false);
  CHECK(all_of(turns) == std::vector<std::uint32_t>{1, 2, 3, 4, 100, 5, 6, 7, 8, 101});
}

TEST_CASE("a call that is taken out has no turn") {
  Turns turns;
  turns.push(1, "a", false);
  turns.push(2, "a", false);
  turns.push(3, "b", true);
  turns.remove(1);
  turns.remove(3);
  turns.remove(9);
  CHECK(all_of(turns) == std::vector<std::uint32_t>{2});
  CHECK(turns.empty());
}

}  // namespace yoke::sandbox
