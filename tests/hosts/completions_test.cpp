#include <catch2/catch.hpp>
#include <filesystem>

#include "hosts/cli/verbs.h"
#include "runtime/base/text.h"
#include "tests/support/temp_project.h"

// What is made of the verbs themselves: completions, manual pages, and the licences of what is
// linked.
namespace yoke::testing {
namespace {

class MadeOfVerbs : public TempProject {
 public:
  MadeOfVerbs() : TempProject(YOKE_PROGRAM) {}

  std::string completions(const std::string& shell) const {
    const Ended ended = yoke(Args{"completions", shell});
    REQUIRE(ended.status == 0);
    return ended.out;
  }
  // What bash offers for the last word.
  std::string offered(const std::string& words) const {
    write("yoke.bash", completions("bash"));
    ProcessOptions options;
    options.args = {"-c", "source " + file("yoke.bash") + "; COMP_WORDS=(" + words +
                              "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _yoke; "
                              "echo \"${COMPREPLY[*]}\""};
    const Ended ended = Process("/bin/bash", options).wait();
    INFO(ended.err);
    REQUIRE(ended.status == 0);
    CHECK(ended.err.empty());
    return std::string(trim(ended.out));
  }
};

bool has_word(const std::string& text, const std::string& word) {
  const std::vector<std::string> words = split(text, ' ');
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

TEST_CASE("every verb is completed in every shell, and what is hidden in none") {
  const MadeOfVerbs made;
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const std::string script = made.completions(shell);
    for (const std::string& verb : kVerbs) {
      INFO(shell << ": " << verb);
      CHECK(script.find("'" + verb + "'") != std::string::npos);
    }
    CHECK(script.find("man-pages") == std::string::npos);
  }
  const Ended other = made.yoke(Args{"completions", "tcsh"});
  CHECK(other.status == 2);
  CHECK(other.err.find("bash, zsh or fish") != std::string::npos);
}

TEST_CASE("bash is offered verbs, what stands below them, and their options") {
  const MadeOfVerbs made;
  CHECK(made.offered("yoke re") == "repl");
  CHECK(has_word(made.offered("yoke runs ''"), "verify"));
  CHECK_FALSE(has_word(made.offered("yoke runs ''"), "spend"));
  CHECK(made.offered("yoke --store runs models s") == "spend");  // a value is no verb
  CHECK(made.offered("yoke -q runs v") == "verify");
  CHECK(made.offered("yoke runs fork --mo") == "--model");
  CHECK(has_word(made.offered("yoke runs fork --"), "--store"));  // those of the program, too
  CHECK(made.offered("yoke run --model ''").empty());
  CHECK(made.offered("yoke run agents/").empty());  // files, by bash itself
}

TEST_CASE("other shells take the scripts where they are there") {
  const MadeOfVerbs made;
  for (const char* shell : {"zsh", "fish"}) {
    const std::string path = std::string("/usr/bin/") + shell;
    if (!std::filesystem::exists(path)) continue;
    made.write("script", made.completions(shell));
    ProcessOptions options;
    options.args = {"-n", made.file("script")};
    const Ended ended = Process(path, options).wait();
    INFO(ended.err);
    CHECK(ended.status == 0);
  }
}

TEST_CASE("the manual has a page for each verb, with its options and what is below it") {
  const MadeOfVerbs made;
  REQUIRE(made.yoke(Args{"man-pages", made.file("man")}).status == 0);
  for (const std::string& verb : kVerbs) {
    const std::string first = split(verb, ' ').front();
    const std::string page = made.read("man/yoke-" + first + ".1");
    INFO(verb);
    std::string name = "yoke " + verb;
    for (std::size_t at = name.find('-'); at != std::string::npos; at = name.find('-', at + 2)) {
      name.insert(at, "\\");
    }
    CHECK(page.find(name) != std::string::npos);
  }
  const std::string fork = made.read("man/yoke-runs.1");
  CHECK(fork.find("\\fB\\-\\-model\\fR \\fIROUTE\\fR") != std::string::npos);
  CHECK(made.read("man/yoke.1").find("\\fByoke\\-eval\\fR(1)") != std::string::npos);
}

TEST_CASE("no line of a manual page begins a request by accident") {
  const MadeOfVerbs made;
  REQUIRE(made.yoke(Args{"man-pages", made.file("man")}).status == 0);
  const std::vector<std::string> known = {".TH", ".SH", ".SS", ".TP", ".PP",
                                          ".nf", ".fi", ".RS", ".RE"};
  for (const auto& entry : std::filesystem::directory_iterator(made.file("man"))) {
    const std::string page = made.read("man/" + entry.path().filename().string());
    for (const std::string& line : split(page, '\n')) {
      if (!line.starts_with(".") && !line.starts_with("'")) continue;
      INFO(entry.path() << ": " << line);
      CHECK(std::find(known.begin(), known.end(), line.substr(0, 3)) != known.end());
    }
  }
}

TEST_CASE("the version says which libraries are linked, in which version, by which licence") {
  const MadeOfVerbs made;
  const Ended told = made.yoke(Args{"version"});
  CHECK(told.out.find("licence: Apache-2.0") != std::string::npos);
  CHECK(told.out.find("  SQLite 3.") != std::string::npos);
  CHECK(made.yoke(Args{"version", "-q"}).out.find("licence") == std::string::npos);
  const Json version = json_lines(made.yoke(Args{"version", "--json"}).out).front();
  CHECK(version["libraries"].size() > 10);
  for (const Json& library : version["libraries"]) {
    INFO(library.dump());
    CHECK_FALSE(library["licence"].get<std::string>().empty());
  }
}

}  // namespace yoke::testing
