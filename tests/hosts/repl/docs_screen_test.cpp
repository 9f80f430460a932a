#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "tests/hosts/repl/at_screen.h"

// The screens in docs/repl.md are what the program shows.
namespace yoke::testing {
namespace {

std::string page_of_docs() {
  std::ifstream file("docs/repl.md");
  REQUIRE(file);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Times differ from run to run.
std::string without_times(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t digits = text.find_first_not_of("0123456789.", at) - at;
    const std::string unit = text.substr(at + digits, 3);
    const bool time =
        digits > 0 && (unit == " ms" || unit == " s\n" || unit == " s " || unit == " \u00B5");
    if (time) {
      out += "T";
      at = std::min(text.find_first_of(" \n", at + digits + 1), text.size());
    } else {
      out += text[at++];
    }
  }
  return out;
}

class Demo : public TempProject {
 public:
  Demo() : TempProject(YOKE_PROGRAM) {
    REQUIRE(yoke(Args{"init", path()}).status == 0);
    std::string config = read("yoke.toml");
    config.replace(config.find("allow = [\"words.*\"]"), 19, "allow = [\"words.count\"]");
    write("yoke.toml", config);
  }
};

ScreenOptions demo_screen(const Demo& demo) {
  ScreenOptions options;
  options.dir = demo.path();
  options.args = {"repl", "hello", "--session", "demo"};
  options.columns = 96;
  return options;
}

}  // namespace

TEST_CASE("the conversation in the documentation is the one on the screen") {
  const Demo demo;
  ScreenProgram program(YOKE_PROGRAM, demo_screen(demo));
  program.wait_for("Ctrl+D leaves");
  program.type("How many words is this?\r");
  program.wait_for("name a real one in yoke.toml.)");
  program.wait_until("the turn's end", [](const Screen& screen) {
    return screen.text().find("\nhello · demo · ctx 164 · 278 tokens · $0 · ") != std::string::npos;
  });
  CHECK(holds(without_times(page_of_docs()),
              "```text\n" + without_times(program.screen().text()) + "```\n"));
}

TEST_CASE("the question in the documentation is the one on the screen") {
  const Demo demo;
  demo.write("tools/publish.lua", R"lua(return tool {
  name = "words.publish", description = "Puts a text on the notice board.",
  input = { text = "string" }, effect = "once",
  run = function() return { published = true } end,
})lua");
  demo.write("models/demo.lua", R"lua(return model { name = "demo", reply = function()
  return { calls = { { tool = "words.publish", args = { text = "Meeting at ten" } } } }
end })lua");
  ScreenProgram program(YOKE_PROGRAM, demo_screen(demo));
  program.wait_for("Ctrl+D leaves");
  program.type("Publish it\r");
  program.wait_for("show the rule that asks\n?");
  const std::string text = program.screen().text();
  const std::size_t from = text.find("? Allow");
  const std::size_t to = text.find("\n?\n", from);
  REQUIRE(to != std::string::npos);
  CHECK(holds(page_of_docs(), "```text\n" + text.substr(from, to + 3 - from) + "```\n"));
}

}  // namespace yoke::testing
