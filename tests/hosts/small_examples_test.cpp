#include <catch2/catch.hpp>

#include "tests/support/temp_project.h"

// The examples of workflows, code mode and plans through the real program.
namespace yoke::testing {
namespace {

class Example : public TempProject {
 public:
  explicit Example(const std::string& name) : TempProject(YOKE_PROGRAM) {
    namespace fs = std::filesystem;
    fs::copy("examples/" + name, path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    fs::remove_all(file(".yoke"));
  }
};

}  // namespace

TEST_CASE("the example of release notes writes them once somebody has said yes") {
  const Example example("release-notes");
  const Ended waits = example.yoke(
      Args{"run", "--quiet", "release-notes", "--input", "from=v1.1", "--input", "to=v1.2"});
  INFO(waits.err);
  CHECK(waits.status == 3);
  std::string question;
  for (const Json& event : example.events("@last")) {
    if (string_at(event, "kind") == "question.asked") question = string_at(event, "question");
  }
  example.yoke(Args{"runs", "answer", "@last", question, "yes"});
  if (string_at(example.events("@last").back(), "kind") != "run.completed") {
    example.yoke(Args{"runs", "resume", "@last"});
  }
  CHECK(example.read("notes/v1.2.md") ==
        "# v1.2\n\n## New\n\n- Read the anemometer.\n- Show gusts beside the mean wind.\n\n"
        "## Mended\n\n- No longer count a shower twice at midnight.\n"
        "- Round to tenths of a millimetre.\n\n"
        "## Faster\n\n- Read all sensors in one round, in a third of the time.\n");
}

TEST_CASE("the history that release notes are written of is that of a repository") {
  const Example example("release-notes");
  const std::string shipped = example.read("data/history.txt");
  std::filesystem::remove(example.file("data/history.txt"));
  ProcessOptions options;
  options.args = {"make-history.sh"};
  options.dir = example.path();
  options.env["PATH"] = "/usr/local/bin:/usr/bin:/bin";
  const Ended made = Process("/bin/sh", options).wait();
  INFO(made.err);
  REQUIRE(made.status == 0);
  CHECK(example.read("data/history.txt") == shipped);
  CHECK(std::filesystem::exists(example.file("station/.git/refs/tags/v1.2")));
}

TEST_CASE("the example coder mends its script and answers") {
  const Example example("coder");
  const Ended ended = example.yoke(Args{"run", "--quiet", "coder", "What is to be ordered?"});
  INFO(ended.err);
  CHECK(ended.out == "To be ordered: 16 candles, 12 soap.\n");
}

TEST_CASE("the example planner has its plan carried out") {
  const Example example("analyst");
  const Ended ended = example.yoke(
      Args{"run", "--quiet", "planner", "Which year was the wettest, and which the warmest?"});
  INFO(ended.err);
  CHECK(ended.out ==
        "2014 was the wettest year, with 1233 mm; the highs were highest in 2015, 17.4 °C on "
        "average.\n");
}

}  // namespace yoke::testing
