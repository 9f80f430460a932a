#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_project.h"

// examples/cafe, as its README tells a reader to run it.
namespace yoke::testing {

TEST_CASE("the cafe's agent reads the menu, and orders once somebody has said yes") {
  namespace fs = std::filesystem;
  const TempFolder folder;
  fs::copy("examples/cafe", folder.path(),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  ProcessOptions options;
  options.args = {folder.file("run.sh"), YOKE_PROGRAM};
  options.env["PATH"] = "/usr/local/bin:/usr/bin:/bin";
  const Ended ended = Process("/bin/bash", options).wait();
  INFO(ended.out << ended.err);
  REQUIRE(ended.status == 0);
  const auto after = [&](const std::string& command) {
    const std::size_t begin = ended.out.find("$ yoke " + command);
    REQUIRE(begin != std::string::npos);
    return ended.out.substr(begin, ended.out.find("\n$ ", begin) - begin);
  };
  CHECK(after("plugins check").find("GET /dishes is the tool plugin:menu.listDishes") !=
        std::string::npos);
  CHECK(after("plugins check").find(", 0 errors") != std::string::npos);
  CHECK(after("run cafe What").find("Today there is: soup (4.50 €), omelette (7.00 €).") !=
        std::string::npos);
  CHECK(after("run cafe Order").find("(status 3)") != std::string::npos);
  CHECK(after("runs resume").find("Ordered: number 1, ready in 10 minutes.") != std::string::npos);
  CHECK(after("run --yes cafe").find("there is no unicorn today") != std::string::npos);
}

}  // namespace yoke::testing
