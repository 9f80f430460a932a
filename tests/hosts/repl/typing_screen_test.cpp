#include <catch2/catch.hpp>

#include "tests/hosts/gated_peer.h"
#include "tests/hosts/repl/at_screen.h"

// Typing at the prompt.
namespace yoke::testing {

TEST_CASE("a message of several lines is typed with Ctrl+J and sent as one") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.program().type("say one\ntwo");
  talk.wait_for("> say one\n  two");
  talk.program().type("\r");
  talk.wait_for("\none two\n");
}

TEST_CASE("a paste of five hundred lines shows as one thing and arrives whole") {
  const Sample sample;
  AtPrompt talk(sample);
  std::string lines;
  for (int i = 1; i <= 500; ++i) lines += "word" + std::to_string(i) + "\n";
  talk.program().type("count ");
  CHECK(talk.screen().takes_pastes());
  talk.program().paste(lines);
  talk.wait_for("> count [500 lines pasted]");
  talk.program().type("\r");
  talk.wait_for("it said: {\"words\":500}");
  talk.wait_for_prompt();
}

TEST_CASE("what was typed comes back with the arrow, also in the next session") {
  const Sample sample;
  {
    AtPrompt talk(sample);
    talk.say("say one");
    talk.wait_for("\none\n");
    talk.wait_for_prompt();
    talk.program().type("draft\x1b[A");
    talk.wait_for("> say one\n");
    talk.program().type("\x1b[B");
    talk.wait_for("> draft");
    talk.program().type("\x15");
    talk.wait_for_prompt();
    CHECK(talk.leave() == 0);
  }
  AtPrompt talk(sample);
  talk.program().type("\x1b[A");
  talk.program().wait_until("the old line", [](const Screen& screen) {
    return screen.lines().at(static_cast<std::size_t>(screen.cursor_row())) == "> say one";
  });
  CHECK(sample.read(".yoke/history") == "_HiStOrY_V2_\nsay\\040one\n");
}

TEST_CASE("Ctrl+R finds what was typed before") {
  const Sample sample;
  AtPrompt talk(sample);
  for (const char* line : {"say apple", "say pear"}) {
    talk.say(line);
    talk.wait_for_prompt();
  }
  talk.program().type(
      "\x12"
      "app");
  talk.wait_for("search: app say apple");
  talk.program().type("\t");
  talk.program().wait_until("it at the prompt", [](const Screen& screen) {
    return screen.lines().at(static_cast<std::size_t>(screen.cursor_row())) == "> say apple";
  });
}

TEST_CASE("Tab completes commands, agents and files") {
  const Sample sample;
  sample.write("notes.md", "hello\n");
  AtPrompt talk(sample);
  talk.program().type("/mod\t");
  talk.program().wait_until("the whole name", [](const Screen& screen) {
    return screen.text().find("> /model\n") != std::string::npos && screen.cursor_column() == 9;
  });
  talk.program().type("\x15/agent lo\t");
  talk.wait_for("> /agent lonely");
  talk.program().type("\x15/re\t");
  talk.wait_for("/reload");
  talk.wait_for("/resume");
  talk.program().type("\x15read @no\t");
  talk.wait_for("> read @notes.md");
}

TEST_CASE("a file named with an at sign goes in with the message") {
  const Sample sample;
  sample.write("notes.md", "alpha beta\n");
  AtPrompt talk(sample);
  talk.say("say @notes.md");
  talk.wait_for("+ notes.md, 1 lines");
  talk.wait_for("alpha beta");
  talk.wait_for_prompt();
}

TEST_CASE("a shell command runs at the terminal, and the agent sees nothing of it") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("!stty -a | grep -o ' icanon'; echo out-$((40+2))");
  talk.wait_for("out-42");
  CHECK(holds(talk.screen().text(), "icanon"));
  talk.wait_for_prompt();
  talk.say("!echo ready; read x; echo got-$x");
  talk.wait_for("\nready\n");
  talk.program().wait_until("its terminal",
                            [&talk](const Screen&) { return talk.program().is_line_by_line(); });
  talk.program().type("typed\n");
  talk.wait_for("got-typed");
  talk.wait_for_prompt();
  talk.say("first");
  talk.wait_for("you first said: first");
  CHECK_FALSE(talk.program().is_line_by_line());
}

TEST_CASE("an interrupt ends a shell command and not the session") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("!echo begun; exec cat");
  talk.wait_for("begun\n");
  talk.program().wait_until("its terminal",
                            [&talk](const Screen&) { return talk.program().is_line_by_line(); });
  talk.program().type("\x03");
  talk.wait_for("it ended with status 130");
  talk.wait_for_prompt();
}

TEST_CASE("what is typed while a turn goes on waits, and can be taken back") {
  const Sample sample;
  const GatedPeer peer;
  sample.grant_peer(peer.port());
  AtPrompt talk(sample);
  talk.say("open");
  talk.wait_for("Allow door.open?");
  talk.program().type("\x1b");
  talk.wait_for("stopped");
  talk.wait_for_prompt();
  talk.say("wait");
  talk.wait_for("peer.wait");
  talk.say("say later");
  talk.wait_for("queued: say later");
  talk.program().type("\x1b[A");
  talk.program().wait_for_gone("queued:");
  talk.program().type("\r");
  talk.wait_for("queued: say later");
  talk.program().type("\x1b");
  talk.wait_for("\nlater\n");
  talk.wait_for_prompt();
}

TEST_CASE("Esc and Ctrl+C stop the turn and not the program") {
  const Sample sample;
  const GatedPeer peer;
  sample.grant_peer(peer.port());
  for (const char* key : {"\x1b", "\x03"}) {
    AtPrompt talk(sample);
    talk.say("wait");
    talk.wait_for("peer.wait");
    talk.program().type(key);
    talk.wait_for("\nstopped\n");
    talk.wait_for_prompt();
    talk.say("say still here");
    talk.wait_for("\nstill here\n");
    talk.wait_for_prompt();
    CHECK(talk.leave() == 0);
  }
}

TEST_CASE("Ctrl+C clears the line first, and twice at an empty one leaves") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.program().type("half a line\x03");
  talk.wait_for_prompt();
  talk.program().type("\x03");
  talk.wait_for("Ctrl+C again leaves");
  talk.program().type("\x03");
  CHECK(talk.program().wait() == 0);
}

}  // namespace yoke::testing
