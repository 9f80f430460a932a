#include <catch2/catch.hpp>

#include "tests/hosts/repl/at_screen.h"

// Questions of a run, answered in place.
namespace yoke::testing {
namespace {

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

// The helper whose own wish to be asked is taken away: door.open is asked about by its effect.
void ask_by_effect(const Sample& sample) {
  std::string agent = sample.read("agents/helper.lua");
  const std::string line = "  approve = { \"door.*\" },\n";
  agent.erase(agent.find(line), line.size());
  sample.write("agents/helper.lua", agent);
}

}  // namespace

TEST_CASE("a call is approved once, with what it is about before one's eyes") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("open");
  talk.wait_for("? Allow door.open?");
  CHECK(holds(talk.screen().text(), "  who: anna\n"));
  CHECK(holds(talk.screen().text(), "› 1  yes, this once"));
  talk.program().type("1");
  talk.wait_for("✓ door.open(who=\"anna\")");
  talk.wait_for_prompt();
  talk.say("open");
  talk.program().wait_until("the second question", [](const Screen& screen) {
    return screen.text().find("› 1  yes, this once") != std::string::npos;
  });
  talk.program().type("yes\r");
  talk.program().wait_until("the second call", [](const Screen& screen) {
    return times(screen.all_text(), "✓ door.open") == 2;
  });
}

TEST_CASE("a call is approved for the session and not asked about again") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("open");
  talk.wait_for("yes, in this session");
  talk.program().type("\x1b[B\r");
  talk.wait_for_prompt();
  talk.say("open");
  talk.wait_for_prompt();
  talk.program().wait_until("the second call", [](const Screen& screen) {
    return times(screen.all_text(), "✓ door.open") == 2;
  });
}

TEST_CASE("a call is refused with words, which the model is told") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("open");
  talk.wait_for("Allow door.open?");
  talk.say("not at night");
  talk.wait_for("it failed:");
  CHECK(holds(talk.screen().all_text(), "not at night"));
  talk.wait_for_prompt();
}

TEST_CASE("the arguments are changed in the editor and called as changed") {
  const Sample sample;
  sample.write("edit.sh", "#!/bin/sh\nsed -i s/anna/berta/ \"$1\"\n");
  std::filesystem::permissions(sample.file("edit.sh"), std::filesystem::perms::owner_all);
  ScreenOptions options;
  options.env["EDITOR"] = sample.file("edit.sh");
  AtPrompt talk(sample, options);
  talk.say("open");
  talk.wait_for("change the arguments");
  talk.say("e");
  talk.wait_for("it said:");
  CHECK(holds(talk.screen().all_text(), "\"opened_for\":\"berta\""));
  talk.wait_for_prompt();
}

TEST_CASE("the rule that asks is shown, and the question stays") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("open");
  talk.wait_for("show the rule that asks");
  talk.say("r");
  talk.wait_for("the agent's `approve` list names it");
  CHECK(holds(talk.screen().text(), "› 1  yes, this once"));
}

TEST_CASE("a yes for always is a rule in yoke.toml, where one would be heeded") {
  const Sample sample;
  ask_by_effect(sample);
  {
    AtPrompt talk(sample);
    talk.say("open");
    talk.wait_for("yes, always: add 'door.open' to [policy] allow");
    talk.say("a");
    talk.wait_for("✓ door.open");
    talk.wait_for_prompt();
  }
  CHECK(holds(sample.read("yoke.toml"), "allow = [\"words.*\", \"peer.*\", \"door.open\"]"));
  AtPrompt talk(sample);
  talk.say("open");
  talk.wait_for("it said: {\"opened_for\":\"anna\"}");
  CHECK(talk.screen().all_text().find("Allow door.open?") == std::string::npos);
}

TEST_CASE("no rule is offered where the agent itself wants to ask") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("open");
  talk.wait_for("› 1  yes, this once");
  CHECK(talk.screen().text().find("always") == std::string::npos);
}

TEST_CASE("what was being typed when a question came is there again after it") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.program().type("open\rhalf a thought");
  talk.wait_for("Allow door.open?");
  // Both orders are possible: what was typed before the question is kept for after it.
  talk.program().wait_until("a question with an empty line", [](const Screen& screen) {
    return screen.text().find("› 1") != std::string::npos;
  });
  const bool kept = talk.screen().text().find("half a thought") == std::string::npos;
  if (kept) {
    talk.program().type("1");
    talk.wait_for("> half a thought");
  }
}

TEST_CASE("a question that was answered from elsewhere goes by itself") {
  const Sample sample;
  AtPrompt talk(sample);
  talk.say("open");
  talk.wait_for("Allow door.open?");
  const std::string run = sample.newest_run();
  const std::vector<Json> events = sample.events(run);
  std::string question;
  for (const Json& event : events) {
    if (string_at(event, "kind") == "question.asked") question = string_at(event, "question");
  }
  REQUIRE_FALSE(question.empty());
  CHECK(sample.yoke(Args{"runs", "answer", run, question, "yes"}).status == 0);
  talk.wait_for("it said: {\"opened_for\":\"anna\"}");
  talk.wait_for_prompt();
}

}  // namespace yoke::testing
