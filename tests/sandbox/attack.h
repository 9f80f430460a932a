#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/sandbox/script.h"

namespace yoke::sandbox::test {

// The sanitizers make the same instructions take so many times longer.
#if defined(__SANITIZE_THREAD__)
constexpr int kSlowness = 20;
#elif defined(__SANITIZE_ADDRESS__)
constexpr int kSlowness = 5;
#else
constexpr int kSlowness = 1;
#endif
// How far past its bound of processor time an attack may come: what one step of the host's own
// takes.
constexpr std::chrono::milliseconds kOvershoot{500};

// A file of attacks/: a hostile or careless script with what must become of it at its head:
//   -- expect: quota NAME | quota any | error TEXT | conversion TEXT | value JSON
//   -- quota: NAME=NUMBER          (optional)
//   -- whole file                  (optional: not just the body of run)
//   -- as it is                    (optional: means something else where it is run from elsewhere)
struct Attack {
  std::string name;
  std::string text;
  std::string verdict;   // "quota"
  std::string expected;  // "instructions"
  Quota quota;
  bool whole_file = false;
  bool as_it_is = false;

  std::string whole_text() const { return whole_file ? text : as_tool(text); }
};

// All of them, by name. Fails the test case when a file's head says nothing.
std::vector<Attack> read_attacks();

}  // namespace yoke::sandbox::test
