#include <catch2/catch.hpp>

#include "hosts/screen/typed_input.h"

namespace yoke {

TEST_CASE("a line that begins with a slash is a command with words") {
  const TypedInput input = read_typed("  /fork 9 --result '{\"a\": 1}' two\\ words ");
  const auto& command = std::get<TypedCommand>(input);
  CHECK(command.name == "/fork");
  CHECK(command.words == std::vector<std::string>{"9", "--result", "{\"a\": 1}", "two words"});
  CHECK(command.rest == "9 --result '{\"a\": 1}' two\\ words");
}

TEST_CASE("a path at the start of a message makes no command of it") {
  CHECK(std::get<TypedMessage>(read_typed("/usr/bin is full")).text == "/usr/bin is full");
  CHECK(std::get<TypedMessage>(read_typed("//help is a word")).text == "/help is a word");
  CHECK(std::get<TypedMessage>(read_typed("/ alone")).text == "/ alone");
}

TEST_CASE("an exclamation mark at the start is for the shell") {
  CHECK(std::get<TypedShell>(read_typed("! git status ")).command == "git status");
  CHECK(std::get<TypedMessage>(read_typed("!")).text == "!");
  CHECK(std::get<TypedMessage>(read_typed("wow!")).text == "wow!");
}

TEST_CASE("files are named after an at sign, in quotes when they have spaces") {
  const auto message = std::get<TypedMessage>(read_typed(
      "compare @a.csv, @\"my data/b c.csv\" and @a.csv; mail ann@example.com @dir/x.md."));
  CHECK(message.files == std::vector<std::string>{"a.csv", "my data/b c.csv", "dir/x.md"});
}

}  // namespace yoke
