#include <catch2/catch.hpp>

#include "tests/hosts/gated_peer.h"
#include "tests/hosts/repl/at_screen.h"

// The prompt among other programs: suspended by its shell, beside another prompt.
namespace yoke::testing {
namespace {

ScreenOptions of_shell(const Sample& sample) {
  ScreenOptions options;
  options.dir = sample.path();
  options.args = {"--norc", "--noprofile", "-i"};
  options.env["PS1"] = "shell> ";
  options.env["YOKE"] = YOKE_PROGRAM;
  return options;
}

}  // namespace

TEST_CASE("Ctrl+Z gives the terminal to the shell as it was, and fg goes on where it stood") {
  const Sample sample;
  ScreenProgram shell("/bin/bash", of_shell(sample));
  shell.wait_for("shell>");
  shell.type("\"$YOKE\" repl helper --session talk\r");
  shell.wait_for("Ctrl+D leaves");
  shell.wait_until("raw", [&shell](const Screen&) { return !shell.is_line_by_line(); });
  shell.type("say on");
  shell.wait_for("> say on");
  for (const char* job : {"one", "two"}) {
    shell.type("\x1a");
    shell.wait_for("Stopped");
    shell.type(std::string("clear; echo job $((1+0)) ") + job + "\r");
    shell.wait_for(std::string("job 1 ") + job);
    CHECK(shell.screen().shows_cursor());
    shell.type("fg\r");
    shell.wait_until("the prompt with what was typed", [](const Screen& screen) {
      const auto row = static_cast<std::size_t>(screen.cursor_row());
      return screen.lines().at(row) == "> say on";
    });
  }
  shell.type("\r");
  shell.wait_for("\non\n");
  shell.type("\x04");
  shell.wait_until("the shell's own prompt", [](const Screen& screen) {
    return screen.lines().at(static_cast<std::size_t>(screen.cursor_row())) == "shell>";
  });
  shell.type("clear; stty -a | grep -ow -e icanon -e isig\r");
  shell.wait_for("\nicanon\n");
}

TEST_CASE("a turn that stood still with the program goes on with it") {
  const Sample sample;
  GatedPeer peer;
  sample.grant_peer(peer.port());
  ScreenProgram shell("/bin/bash", of_shell(sample));
  shell.wait_for("shell>");
  shell.type("\"$YOKE\" repl helper --session talk\r");
  shell.wait_for("Ctrl+D leaves");
  shell.type("wait\r");
  shell.wait_for("peer.wait");
  peer.wait_for_caller();
  shell.type("\x1a");
  shell.wait_for("Stopped");
  // A cleared screen, so that what is waited for next was painted by the program, its terminal
  // back.
  shell.type("clear; echo job $((1+0))\r");
  shell.wait_for("job 1");
  shell.type("fg\r");
  shell.wait_until("the call that is under way", [](const Screen& screen) {
    return screen.text().find("peer.wait") != std::string::npos;
  });
  peer.open();
  shell.wait_for("it said: {\"body\":\"came\"}");
  shell.type("say on\r");
  shell.wait_for("\non\n");
}

TEST_CASE("two prompts at once keep what both were told") {
  const Sample sample;
  {
    AtPrompt first(sample);
    AtPrompt second(sample);
    first.say("say from the first");
    first.wait_for("\nfrom the first\n");
    second.say("say from the second");
    second.wait_for("\nfrom the second\n");
    first.say("say again");
    first.wait_for("\nagain\n");
    first.wait_for_prompt();
    first.program().type("\x1b[A\x1b[A");
    first.wait_for("> say from the second");
    CHECK(second.leave() == 0);
  }
  AtPrompt later(sample);
  for (const char* typed : {"say again", "say from the second", "say from the first"}) {
    later.program().type("\x1b[A");
    later.wait_for(std::string("> ") + typed);
  }
}

TEST_CASE("on a screen of few rows a question keeps its title and its choices in view") {
  const Sample sample;
  ScreenOptions low;
  low.rows = 9;
  AtPrompt talk(sample, low);
  talk.say("open");
  talk.wait_for("? Allow door.open?");
  talk.wait_for("› 1  yes, this once");
  talk.program().resize(80, 6);
  talk.program().wait_until("both in six rows", [](const Screen& screen) {
    return screen.text().find("? Allow door.open?") != std::string::npos &&
           screen.text().find("› 1  yes, this once") != std::string::npos;
  });
  talk.program().type("\x1b[B\x1b[B\x1b[B");
  talk.wait_for("  no (or type why not)");
  CHECK(talk.screen().text().find("? Allow door.open?") != std::string::npos);
  talk.program().type("\r");
  talk.wait_for_prompt();
}

}  // namespace yoke::testing
