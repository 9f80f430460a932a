#include <catch2/catch.hpp>

#include "tests/hosts/repl/at_screen.h"

// A whole session at a terminal, as a person sees it.
namespace yoke::testing {

TEST_CASE("a session greets, answers, calls tools on one line each and remembers") {
  const Sample sample;
  AtPrompt talk(sample);
  CHECK(holds(talk.screen().text(), "helper  Does what it is told."));
  CHECK(holds(talk.screen().text(), "conversation talk · /help"));
  talk.say("say **hello** there");
  talk.wait_for("hello there");
  talk.wait_for_prompt();
  talk.say("count a b c");
  talk.wait_for("it said: {\"words\":3}");
  CHECK(holds(talk.screen().text(), "✓ words.count(text=\"a b c\") → {\"words\":3}"));
  CHECK(holds(talk.screen().text(), "✻ thought for"));
  talk.wait_for_prompt();
  talk.say("first");
  talk.wait_for("you first said: say hello there");
  talk.wait_for_prompt();
  CHECK(talk.leave() == 0);
  CHECK(talk.program().is_line_by_line());
  CHECK(json_lines(sample.yoke(Args{"runs", "list", "--json"}).out).size() == 3);
}

TEST_CASE("the status line tells agent, session, tokens, cost and time") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("say one");
  talk.wait_for("tokens");
  const std::vector<std::string> lines = talk.screen().lines();
  const std::string& status = lines.at(static_cast<std::size_t>(talk.screen().cursor_row()) + 1);
  CHECK(holds(status, "helper · talk · ctx "));
  CHECK(holds(status, " tokens · "));
  CHECK(holds(status, " s"));
}

TEST_CASE("what was thought is folded, and shown when asked for") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("say one");
  talk.wait_for("thought for");
  talk.wait_for_prompt();
  CHECK(talk.screen().text().find("I am to speak.") == std::string::npos);
  talk.program().type("\x0f");
  talk.wait_for("I am to speak.");
}

TEST_CASE("markdown of an answer is shown as what it means, at forty columns too") {
  const Sample sample;
  ScreenOptions narrow;
  narrow.columns = 40;
  AtPrompt talk(sample, narrow);
  talk.say("say - a list with an item that goes over the line's end");
  talk.wait_for("• a list");
  talk.wait_for_prompt();
  for (const std::string& line : talk.screen().lines()) CHECK(line.size() <= 40 + 8);
  CHECK(holds(talk.screen().text(), "• a list with an item that goes over the\n  line's end\n"));
}

TEST_CASE("wide characters are kept whole and the cursor stands behind them") {
  const Sample sample;
  ScreenOptions narrow;
  narrow.columns = 40;
  AtPrompt talk(sample, narrow);
  talk.program().type(
      "say \u65E5\u672C\u8A9E\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E"
      "\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E");
  talk.wait_for("\n  \u672C\u8A9E");
  CHECK(talk.screen().cursor_column() == 6);
  talk.program().type("\r");
  talk.wait_for("\n\u65E5\u672C\u8A9E\u65E5\u672C\u8A9E");
}

TEST_CASE("after a resize the screen is whole again at the new width") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("say words that are many enough to be wrapped when the screen is narrow");
  talk.wait_for("narrow");
  talk.wait_for_prompt();
  talk.program().type("half typed");
  talk.wait_for("> half typed");
  talk.program().resize(40, 16);
  talk.program().wait_until("the narrow screen", [](const Screen& screen) {
    const std::string text = screen.text();
    return text.find("wrapped when the screen is\nnarrow") != std::string::npos ||
           text.find("be wrapped\nwhen the screen is narrow") != std::string::npos;
  });
  talk.wait_for("> half typed");
  CHECK(talk.screen().cursor_column() == 12);
}

TEST_CASE("without colours nothing but text is written") {
  const Sample sample;
  ScreenOptions plain;
  plain.env["NO_COLOR"] = "1";
  AtPrompt talk(sample, plain);
  talk.say("say **bold**");
  talk.wait_for("\nbold\n");
  talk.wait_for_prompt();
  for (int row = 0; row < 24; ++row) {
    for (int column = 0; column < 80; ++column) REQUIRE_FALSE(talk.screen().is_bold(row, column));
  }
}

TEST_CASE("a turn that fails does not end the session") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("fail");
  talk.wait_for("the model broke");
  talk.wait_for_prompt();
  talk.say("say still here");
  talk.wait_for("\nstill here\n");
}

TEST_CASE("the last conversation is gone on with") {
  const Sample sample;
  {
    AtPrompt talk(sample);
    talk.say("say one");
    talk.wait_for("\none\n");
    talk.wait_for_prompt();
    CHECK(talk.leave() == 0);
  }
  ScreenOptions options;
  options.args = {"repl", "helper", "-c"};
  AtPrompt talk(sample, options);
  CHECK(holds(talk.screen().text(), "conversation talk"));
  talk.say("first");
  talk.wait_for("you first said: say one");
}

TEST_CASE("who said yes beforehand is not asked") {
  const Sample sample;
  ScreenOptions options;
  options.args = {"repl", "helper", "--yes"};
  AtPrompt talk(sample, options);
  talk.say("open");
  talk.wait_for("✓ door.open");
  talk.wait_for_prompt();
  CHECK(talk.screen().all_text().find("this once") == std::string::npos);
}

TEST_CASE("an answer of hundreds of lines scrolls by whole and in order") {
  const Sample sample;
  AtPrompt talk(sample);
  std::string list = "say ";
  for (int i = 1; i <= 200; ++i) list += "- item " + std::to_string(i) + "\n";
  talk.program().paste(list);
  talk.program().type("\r");
  talk.wait_for("• item 200");
  talk.wait_for_prompt();
  const std::string all = talk.screen().all_text();
  std::size_t at = 0;
  for (int i = 1; i <= 200; ++i) {
    const std::size_t found = all.find("• item " + std::to_string(i) + "\n", at);
    REQUIRE(found != std::string::npos);
    at = found;
  }
}

}  // namespace yoke::testing
