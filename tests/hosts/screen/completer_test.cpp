#include <catch2/catch.hpp>

#include "hosts/screen/completer.h"

namespace yoke {
namespace {

CompletionSources sources() {
  CompletionSources out;
  out.commands = {{"/agent", "agent"}, {"/model", "route"}, {"/memory", ""}, {"/export", "file"}};
  out.words = {{"agent", {"writer", "analyst"}}, {"route", {"default", "demo/sample"}}};
  out.list_folder = [](const std::string& folder) {
    if (folder == "data/") return std::vector<std::string>{"b c.csv", "a.csv"};
    return std::vector<std::string>{"data/", "notes.md", ".git/"};
  };
  return out;
}

std::vector<std::string> found(const std::string& text) {
  return complete(text, text.size(), sources()).candidates;
}

}  // namespace

TEST_CASE("a slash is completed to commands, and a command to its argument") {
  CHECK(found("/m") == std::vector<std::string>{"/memory", "/model"});
  CHECK(found("/agent ") == std::vector<std::string>{"analyst", "writer"});
  CHECK(found("/model de") == std::vector<std::string>{"default", "demo/sample"});
  CHECK(found("/memory x").empty());
  CHECK(found("plain words").empty());
}

TEST_CASE("an at sign is completed to files, hidden ones only when asked for") {
  CHECK(found("see @") == std::vector<std::string>{"data/", "notes.md"});
  CHECK(found("see @.g") == std::vector<std::string>{".git/"});
  CHECK(found("see @data/a") == std::vector<std::string>{"data/a.csv"});
  CHECK(found("see @data/b") == std::vector<std::string>{"\"data/b c.csv\""});
  CHECK(found("see @\"data/b c") == std::vector<std::string>{"\"data/b c.csv\""});
  CHECK(found("/export no") == std::vector<std::string>{"notes.md"});
  CHECK(found("!cat no") == std::vector<std::string>{"notes.md"});
}

TEST_CASE("what is replaced is the word before the cursor alone") {
  const std::string text = "see @no and more";
  const Completion completion = complete(text, 7, sources());
  CHECK(completion.from == 5);
  CHECK(completion.to == 7);
  CHECK(completion.candidates == std::vector<std::string>{"notes.md"});
}

TEST_CASE("the beginning that all have is never cut within a character") {
  CHECK(common_beginning({"demo/a", "demo/b"}) == "demo/");
  CHECK(common_beginning({"\u00E9", "\u00E8"}).empty());
  CHECK(common_beginning({"caf\u00E9"}) == "caf\u00E9");
}

}  // namespace yoke
