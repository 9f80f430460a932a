#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/support/temp_project.h"

// The demo of examples/crash, as the manual tells a reader to run it.
namespace yoke::testing {
namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// What the demo shows of a command, up to its next one; the last time that the command is typed.
std::string shown_of(const std::string& demo, const std::string& command) {
  const std::size_t begin = demo.rfind("$ " + command);
  INFO(demo);
  REQUIRE(begin != std::string::npos);
  return demo.substr(begin, demo.find("\n$ ", begin) - begin);
}

}  // namespace

TEST_CASE("the crash demo loses nothing, repeats nothing, and shows where forks part") {
  ProcessOptions options;
  options.args = {"examples/crash/run.sh", YOKE_PROGRAM};
  Process process("/bin/bash", options);
  const Ended ended = process.wait();
  const std::string& demo = ended.out;
  INFO(demo << ended.err);
  REQUIRE(ended.status == 0);
  CHECK(count_of(demo, "(exit status 137: killed)") == 2);
  CHECK(count_of(demo, "(exit status 3)") == 1);
  CHECK(count_of(demo, "(exit status") == 3);
  CHECK(demo.find("Order 17 is on its way for 12.") != std::string::npos);
  CHECK(shown_of(demo, "yoke runs fork $RUN --at $AT --result").find("I asked the boss") !=
        std::string::npos);
  CHECK(shown_of(demo, "yoke runs fork $RUN --at $AT --model").find("please confirm 12") !=
        std::string::npos);
  CHECK(shown_of(demo, "yoke runs diff $RUN $FORK").find("then they part") != std::string::npos);
  const std::string effects = shown_of(demo, "cat world/effects.log");
  CHECK(count_of(effects, "a parcel for order 17") == 1);
  CHECK(count_of(effects, "a mail to anna@shop.example") == 1);
  CHECK(count_of(effects, "a mail to boss@shop.example") == 1);
  CHECK(count_of(effects, "/c") == 3);
  CHECK(count_of(demo, "byte for byte the same") == 2);
  CHECK(demo.find("3 of 3 runs are whole") != std::string::npos);
}

}  // namespace yoke::testing
