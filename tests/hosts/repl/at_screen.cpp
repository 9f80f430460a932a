#include "tests/hosts/repl/at_screen.h"

namespace yoke::testing {
namespace {

ScreenOptions in_folder(const Sample& sample, ScreenOptions options) {
  options.dir = sample.path();
  if (options.args.empty()) options.args = {"repl", "helper", "--session", "talk"};
  return options;
}

}  // namespace

AtPrompt::AtPrompt(const Sample& sample, ScreenOptions options)
    : program_(YOKE_PROGRAM, in_folder(sample, std::move(options))) {
  wait_for_prompt();
}

void AtPrompt::say(const std::string& text) { program_.type(text + "\r"); }

void AtPrompt::wait_for_prompt() {
  program_.wait_until("the prompt", [](const Screen& screen) {
    const std::vector<std::string> lines = screen.lines();
    const auto row = static_cast<std::size_t>(screen.cursor_row());
    // While a turn goes on, the line below begins with something that turns.
    const bool rests = row + 1 < lines.size() && !lines[row + 1].starts_with("\xE2\xA0");
    return lines.at(row) == ">" && screen.cursor_column() == 2 && rests;
  });
}

int AtPrompt::leave() {
  program_.type("\x04");
  return program_.wait();
}

}  // namespace yoke::testing
