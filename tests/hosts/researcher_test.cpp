#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_project.h"

// examples/researcher, as its README tells a reader to run it.
namespace yoke::testing {

TEST_CASE("the researcher learns the project's pages, answers from memory, and forgets") {
  namespace fs = std::filesystem;
  const TempFolder folder;
  fs::create_directories(folder.file("examples/researcher"));
  fs::copy("examples/researcher", folder.file("examples/researcher"),
           fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  fs::create_directory(folder.file("docs"));
  for (const char* page : {"runs.md", "memory.md", "budgets.md"}) {
    fs::copy_file(fs::path("docs") / page, folder.file("docs/" + std::string(page)));
  }
  ProcessOptions options;
  options.args = {folder.file("examples/researcher/run.sh"), YOKE_PROGRAM};
  Process process("/bin/bash", options);
  const Ended ended = process.wait();
  INFO(ended.out << ended.err);
  REQUIRE(ended.status == 0);
  const auto answer = [&](const std::string& command, std::size_t from) {
    const std::size_t begin = ended.out.find(command, from);
    REQUIRE(begin != std::string::npos);
    return ended.out.substr(begin, ended.out.find("\n$ ", begin) - begin);
  };
  CHECK(answer("learn runs.md", 0).find("sections of runs.md.") != std::string::npos);
  const std::string cancelled = answer("What does Ctrl+C do to a run?", 0);
  CHECK(cancelled.find("Ctrl+C cancels the run") != std::string::npos);
  CHECK(cancelled.find("(runs.md#") != std::string::npos);
  CHECK(answer("words of a forgotten entry", 0).find("(memory.md#") != std::string::npos);
  CHECK(answer("memory search", 0).find("budgets.md#") != std::string::npos);
  const std::size_t forgot = ended.out.find("memory forget");
  CHECK(answer("What does Ctrl+C do to a run?", forgot).find("I remember nothing of that.") !=
        std::string::npos);
}

}  // namespace yoke::testing
