#include <catch2/catch.hpp>

#include "tests/hosts/repl/at_screen.h"

// The commands of the prompt.
namespace yoke::testing {

TEST_CASE("help names every command, and a wrong one brings up the right one") {
  const Sample sample;
  ScreenOptions tall;
  tall.rows = 60;
  AtPrompt talk(sample, tall);
  talk.say("/help");
  talk.wait_for("Up takes it back.");
  for (const char* name :
       {"/new",     "/sessions",    "/resume",  "/model",  "/agent",  "/tools",  "/plan",
        "/context", "/cost",        "/why",     "/runs",   "/show",   "/rewind", "/fork",
        "/diff",    "/memory",      "/plugins", "/mcp",    "/reload", "/doctor", "/clear",
        "/exit",    "/permissions", "/export",  "/compact"}) {
    CHECK(holds(talk.screen().all_text(), std::string("  ") + name + " "));
  }
  talk.say("/modle");
  talk.wait_for("did you mean '/model'?");
}

TEST_CASE("a new conversation remembers nothing, and an old one is taken up by its number") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("say one");
  talk.wait_for("\none\n");
  talk.wait_for_prompt();
  talk.say("/new");
  talk.wait_for("a new conversation: repl-");
  talk.say("first");
  talk.wait_for("you first said: first");
  talk.wait_for_prompt();
  talk.say("/sessions");
  talk.wait_for("/resume NUMBER goes on with one");
  talk.say("/resume 2");
  talk.wait_for("going on with talk");
  talk.say("first");
  talk.wait_for("you first said: say one");
}

TEST_CASE("the record of a turn is shown by the verbs of the command line") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("count a b");
  talk.wait_for("it said:");
  talk.wait_for_prompt();
  talk.say("/runs");
  talk.wait_for("completed  count a b");
  talk.say("/show");
  talk.wait_for("step 1  demo/sample");
  talk.say("/tools");
  talk.wait_for("door.open  Opens the door.");
  talk.say("/memory");
  talk.wait_for_prompt();
  talk.say("/cost");
  talk.wait_for("at this prompt: 1 turn, 2 steps");
  talk.wait_for("this month  demo/sample  2 requests");
  talk.say("/agent nobody");
  talk.wait_for("no agent 'nobody'; /agent lists those that are here");
}

TEST_CASE("a reload takes up what was edited, and the conversation goes on") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("say one");
  talk.wait_for("\none\n");
  talk.wait_for_prompt();
  std::string tools = sample.read("tools/sample.lua");
  const std::string before = "Opens the door.";
  tools.replace(tools.find(before), before.size(), "Opens the gate.");
  sample.write("tools/sample.lua", tools);
  talk.say("/reload");
  talk.wait_for("read anew");
  talk.say("/tools");
  talk.wait_for("Opens the gate.");
  talk.say("first");
  talk.wait_for("you first said: say one");
}

TEST_CASE("a file that was edited wrong is told of, and mended without leaving") {
  const Sample sample;
  AtPrompt talk(sample);
  const std::string agent = sample.read("agents/helper.lua");
  sample.write("agents/helper.lua", "return agent {");
  talk.say("/reload");
  talk.wait_for("agents/helper.lua");
  talk.wait_for_prompt();
  sample.write("agents/helper.lua", agent);
  talk.say("/reload");
  talk.wait_for("read anew");
  talk.say("say mended");
  talk.wait_for("\nmended\n");
}

TEST_CASE("a turn goes on from an earlier step with another result") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("count a b");
  talk.wait_for("it said: {\"words\":2}");
  talk.wait_for_prompt();
  std::int64_t at = 0;
  for (const Json& event : sample.events(sample.newest_run())) {
    if (string_at(event, "kind") == "tool.returned") at = integer_at(event, "seq");
  }
  REQUIRE(at > 0);
  talk.say("/fork " + std::to_string(at) + " --result '{\"words\":99}'");
  talk.wait_for("it said: {\"words\":99}");
  talk.wait_for_prompt();
}

TEST_CASE("what was said is summed up, and a new conversation begins with that") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("/compact");
  talk.wait_for("there is nothing yet to sum up");
  talk.say("say one");
  talk.wait_for("\none\n");
  talk.wait_for_prompt();
  talk.say("/compact the names");
  talk.wait_for("I do not know how to Sum up this conversation");
  talk.wait_for("Above all keep: the");
  talk.wait_for_prompt();
  talk.say("first");
  talk.wait_for("a new conversation: repl-");
  talk.wait_for("I do not know how to What was said before, summed up:");
}

TEST_CASE("a clean screen keeps the conversation") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("say one");
  talk.wait_for("\none\n");
  talk.wait_for_prompt();
  talk.say("/clear");
  talk.program().wait_for_gone("\none\n");
  talk.say("first");
  talk.wait_for("you first said: say one");
}

}  // namespace yoke::testing
