#include <array>
#include <catch2/catch.hpp>
#include <cstdio>
#include <string>

#include "tests/sandbox/jail/crimes.h"

// A native program in the jail tries, in a process of its own for each, what no worker may do.
namespace yoke::sandbox::test {

// The runtimes of the sanitizers need system calls that a worker does without.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
namespace {

std::string told_by_attacker(const std::string& crime) {
  const std::string command = "'" YOKE_ATTACKER "' '" + crime + "' 2>&1 </dev/null";
  FILE* const pipe = ::popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string all;
  std::array<char, 256> part{};
  while (std::fgets(part.data(), static_cast<int>(part.size()), pipe) != nullptr) {
    all += part.data();
  }
  ::pclose(pipe);
  while (!all.empty() && all.back() == '\n') all.pop_back();
  return all;
}

}  // namespace

TEST_CASE("native code in a worker is killed by any system call but those of its work") {
  for (const Crime& crime : crimes()) {
    if (crime.end != Crime::End::killed) continue;
    INFO(crime.name);
    CHECK(told_by_attacker(crime.name) == "killed by SIGSYS");
  }
}

TEST_CASE("native code in a worker gets no more memory and no descriptor of another") {
  CHECK(told_by_attacker("more memory than it has") == "denied (ENOMEM)");
  CHECK(told_by_attacker("descriptors of others") == "denied (EBADF)");
}
#endif

TEST_CASE("the crimes have names of their own") {
  for (const Crime& crime : crimes()) {
    int same = 0;
    for (const Crime& other : crimes()) same += std::string(crime.name) == other.name ? 1 : 0;
    CHECK(same == 1);
  }
}

}  // namespace yoke::sandbox::test
