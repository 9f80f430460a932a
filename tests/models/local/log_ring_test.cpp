#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "models/local/log_ring.h"
#include "tests/support/temp_project.h"

namespace yoke::local {

TEST_CASE("a log keeps its last lines, whole, however the bytes are cut") {
  LogRing log("", {}, {});
  log.feed("first li");
  log.feed("ne\nsecond\r\nthi");
  CHECK(log.lines().size() == 2);
  log.end();
  REQUIRE(log.lines().size() == 3);
  CHECK(log.tail(2) == "second | thi");
}

TEST_CASE("a log in memory stays within its bounds") {
  LogRing log("", {}, {});
  for (int line = 0; line < 10'000; ++line) log.feed("line " + std::to_string(line) + "\n");
  CHECK(log.lines().size() == LogRing::kLinesMax);
  CHECK(log.lines().back() == "line 9999");
  log.feed(std::string(1 << 20, 'x'));
  log.feed("\nnext\n");
  CHECK(log.lines()[log.lines().size() - 2].size() < LogRing::kLineBytesMax + 8);
  CHECK(log.lines().back() == "next");
}

TEST_CASE("secrets and control characters are cut out of every line") {
  std::vector<Secret> secrets;
  secrets.emplace_back("hf_0123456789abcdef");
  LogRing log("", std::move(secrets), {});
  log.feed("downloading with hf_0123456789abcdef \x1b[31mnow\n");
  CHECK(log.lines().front().find("hf_0123456789abcdef") == std::string::npos);
  CHECK(log.lines().front().find('\x1b') == std::string::npos);
}

TEST_CASE("a log file is turned over before it is too large") {
  const testing::TempFolder folder;
  const std::string file = folder.file("logs/local.log");
  {
    LogRing log(file, {}, {});
    const std::string line(1'000, 'x');
    for (int at = 0; at < 6'000; ++at) log.feed(line + "\n");
  }
  CHECK(std::filesystem::file_size(file) < LogRing::kFileBytesMax);
  CHECK(std::filesystem::file_size(file + ".1") <= LogRing::kFileBytesMax);
  CHECK(std::filesystem::status(file).permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

}  // namespace yoke::local
