#include <catch2/catch.hpp>
#include <fstream>

#include "runtime/base/text.h"
#include "tests/support/temp_project.h"

// What docs/compare.md and docs/checks.md show, tried in the project that they speak of.
namespace yoke::testing {
namespace {

class ComparisonExample : public TempProject {
 public:
  ComparisonExample() : TempProject(YOKE_PROGRAM) {
    namespace fs = std::filesystem;
    fs::copy("examples/compare", path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    fs::remove_all(file(".yoke"));
  }

  Ended shell(const std::string& line) const {
    ProcessOptions how =
        options({"-c", "yoke() { \"$0\" \"$@\"; }\n" + line, std::string(YOKE_PROGRAM)});
    Process process("/bin/sh", how);
    return process.wait();
  }
};

// The text of a page's code blocks in that language; "" for those without one.
std::vector<std::string> blocks_of(const std::string& page_file, const std::string& language) {
  std::ifstream file(page_file);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  std::vector<std::string> blocks;
  bool inside = false;
  std::string tongue;
  for (const std::string& line : split(page, '\n')) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) tongue = line.substr(3);
      if (inside && tongue == language) blocks.emplace_back();
    } else if (inside && tongue == language) {
      blocks.back() += line + "\n";
    }
  }
  return blocks;
}

}  // namespace

TEST_CASE("every command of the page on comparing does what it says, in its example") {
  const ComparisonExample example;
  int tried = 0;
  for (const std::string& block : blocks_of("docs/compare.md", "")) {
    for (const std::string& line : split(block, '\n')) {
      if (!line.starts_with("yoke ") && !line.starts_with("echo ")) continue;
      const Ended ended = example.shell(line);
      INFO(line << "\n" << ended.out << ended.err);
      CHECK(ended.status == 0);
      CHECK_FALSE(ended.out.empty());
      ++tried;
    }
  }
  CHECK(tried >= 8);
  const std::string report = example.read("report.html");
  CHECK(report.find("Ottawa is the capital of Canada.") != std::string::npos);
}

TEST_CASE("the example's models differ as the page says") {
  const ComparisonExample example;
  const Ended ended = example.yoke(Args{"models", "compare", "demo/careful", "demo/hasty",
                                        "--prompts", "prompts.jsonl", "--checks", "checks.toml"});
  INFO(ended.out << ended.err);
  for (const char* told :
       {"−58.3 points (95 %: −82.7 points to −17.3 points, n=12)  passes less often",
        "−19.2 (95 %: −19.8 to −18.6, n=12)", "is not preferred"}) {
    CHECK(ended.out.find(told) != std::string::npos);
  }
}

TEST_CASE("the checks and the script of the page on checks are read and used") {
  const ComparisonExample example;
  std::string checks = blocks_of("docs/checks.md", "toml").front();
  const std::string route = "openai/gpt-5-mini";
  REQUIRE(checks.find(route) != std::string::npos);
  checks.replace(checks.find(route), route.size(), "demo/judge");
  example.write("page.toml", checks + "[[check]]\nlua = \"page.lua\"\n");
  example.write("page.lua", blocks_of("docs/checks.md", "lua").front());
  const Ended ended =
      example.yoke(Args{"models", "compare", "demo/careful", "demo/hasty", "--prompts",
                        "prompts.jsonl", "--checks", "page.toml", "--json"});
  INFO(ended.err);
  REQUIRE(ended.status == 0);
  const Json found = json_lines(ended.out).front();
  CHECK(found["routes"][0]["measures"]["pass"]["mean"] == 1.0);
  CHECK(found["routes"][0]["not_judged"] == 0);
  CHECK(found["routes"][0]["checks"].size() == 5);
}

TEST_CASE("judges and shadows may have a budget of their own") {
  const ComparisonExample example;
  example.write("yoke.toml", example.read("yoke.toml") +
                                 "\n[budgets.agents]\njudge = { usd = 1.0, per = \"day\" }\n");
  const Ended ended = example.yoke(Args{"models", "ask", "default", "The capital of Norway?"});
  INFO(ended.err);
  CHECK(ended.status == 0);
}

}  // namespace yoke::testing
