#include <catch2/catch.hpp>

#include "agents/declarative/declarative_program.h"
#include "agents/declarative/declarative_shape.h"
#include "agents/strategy.h"
#include "runtime/ports/model.h"

namespace yoke {
namespace {

using Verdict = AgentFinding::Verdict;

Json small(const std::string& version = "v1.8") {
  return Json{{"version", version},
              {"name", "Il Ristorante"},
              {"description", "Orders dishes."},
              {"instructions", "Be warm."}};
}

DeclarativeReading reading_of(const Json& manifest) {
  Result<DeclarativeReading> reading = read_declarative_agent(manifest);
  REQUIRE(reading.has_value());
  return std::move(*reading);
}

const AgentFinding* finding_at(const DeclarativeReading& reading, const std::string& pointer) {
  for (const AgentFinding& each : reading.findings) {
    if (each.pointer == pointer) return &each;
  }
  return nullptr;
}

bool breaks(const DeclarativeReading& reading) {
  for (const AgentFinding& each : reading.findings) {
    if (each.forbidden) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a declarative agent of every published version is read without a complaint") {
  for (const char* version : {"v1.0", "v1.2", "v1.3", "v1.4", "v1.5", "v1.6", "v1.7", "v1.8"}) {
    INFO(version);
    const DeclarativeReading reading = reading_of(small(version));
    CHECK(reading.agent.name == "Il Ristorante");
    CHECK(reading.agent.version == version);
    CHECK_FALSE(breaks(reading));
  }
}

TEST_CASE("a version that nobody knows is refused, a newer one read as the newest known") {
  const Result<DeclarativeReading> other = read_declarative_agent(small("v2.0"));
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code == Errc::unsupported);
  CHECK(other.error().detail ==
        "the declarative agent's version \"v2.0\" is not known; v1.0 to v1.8 are");
  const DeclarativeReading newer = reading_of(small("v1.12"));
  REQUIRE(finding_at(newer, "/version") != nullptr);
  CHECK(finding_at(newer, "/version")->verdict == Verdict::differently);
}

TEST_CASE("what is no declarative agent's manifest says what is missing") {
  CHECK_FALSE(read_declarative_agent(Json::array()).has_value());
  Json nameless = small();
  nameless.erase("name");
  CHECK(read_declarative_agent(nameless).error().detail ==
        "a declarative agent has a \"name\"; this has none");
  CHECK_FALSE(read_declarative_agent(Json{{"name", "x"}}).has_value());
}

TEST_CASE("starters, disclaimer, behaviour, workers and set answers are read") {
  Json manifest = small();
  manifest["conversation_starters"] = {{{"text", "What's for lunch?"}, {"title", "Lunch"}},
                                       {{"text", "  "}}};
  manifest["disclaimer"] = {{"text", "Not a real restaurant."}};
  manifest["behavior_overrides"] = {
      {"suggestions", {{"disabled", true}}},
      {"special_instructions", {{"discourage_model_knowledge", true}}},
      {"default_response_mode", "Think deeper"}};
  manifest["worker_agents"] = {{{"id", "cook"}}, {{"file", "waiter.json"}}};
  manifest["editorial_answers"] = {{"answers", {{{"question", "Open?"}, {"answer", "Always."}}}}};
  const DeclarativeAgent agent = reading_of(manifest).agent;
  REQUIRE(agent.starters.size() == 1);
  CHECK(agent.starters[0].title == "Lunch");
  CHECK(agent.disclaimer == "Not a real restaurant.");
  CHECK_FALSE(agent.suggestions);
  CHECK(agent.discourage_model_knowledge);
  CHECK(agent.mode == ResponseMode::deep);
  CHECK(agent.worker_ids == std::vector<std::string>{"cook"});
  CHECK(agent.worker_files == std::vector<std::string>{"waiter.json"});
  REQUIRE(agent.answers.size() == 1);
  CHECK(agent.answers[0].answer == "Always.");
}

TEST_CASE("an action is a file or a manifest that stands in the agent's") {
  Json manifest = small();
  manifest["actions"] = {{{"id", "menu"}, {"file", "ai-plugin.json"}},
                         {{"schema_version", "v2.4"}, {"namespace", "inline"}},
                         {{"id", "nothing"}}};
  const DeclarativeReading reading = reading_of(manifest);
  REQUIRE(reading.agent.actions.size() == 2);
  CHECK(reading.agent.actions[0].file == "ai-plugin.json");
  CHECK(reading.agent.actions[1].id == "action_2");
  CHECK(string_at(reading.agent.actions[1].manifest, "namespace") == "inline");
  REQUIRE(finding_at(reading, "/actions/2/file") != nullptr);
  CHECK(finding_at(reading, "/actions/2/file")->text == "is missing");
}

TEST_CASE("what the schema forbids is told with its place and used where it can be") {
  Json manifest = small("v1.2");
  manifest["name"] = std::string(101, 'n');
  manifest["instructions"] = std::string(8001, 'i');
  manifest["wizardry"] = true;
  manifest["disclaimer"] = {{"text", "early"}};
  manifest["capabilities"] = {{{"name", "WebSearch"}, {"sites", {{{"uri", "x"}}}}},
                              {{"name", "WebSearch"}},
                              {{"name", "Meetings"}},
                              {{"name", "CodeInterpretor"}}};
  const DeclarativeReading reading = reading_of(manifest);
  const auto text_at = [&](const std::string& pointer) {
    const AgentFinding* found = finding_at(reading, pointer);
    return found != nullptr && found->forbidden ? found->text : "nothing at " + pointer;
  };
  CHECK(text_at("/name") == "has 101 characters; there may be at most 100; used all the same");
  CHECK(text_at("/instructions") ==
        "has 8001 characters; there may be at most 8000; used all the same");
  CHECK(text_at("/wizardry") == "there is no such member here");
  CHECK(text_at("/disclaimer") ==
        "there is no such member before version 1.4 (this is 1.2); used all the same");
  CHECK(text_at("/capabilities/0/sites/0/url") == "is missing");
  CHECK(text_at("/capabilities/0/sites/0/uri") ==
        "there is no such member here (did you mean 'url'?)");
  CHECK(text_at("/capabilities/1") == "WebSearch is there twice; the first one counts");
  CHECK(text_at("/capabilities/2") ==
        "Meetings is there from version 1.5 on (this is 1.2); used all the same");
  CHECK(text_at("/capabilities/3") ==
        "there is no capability 'CodeInterpretor' (did you mean 'CodeInterpreter'?)");
  CHECK(reading.agent.capabilities.size() == 2);
  CHECK(reading.agent.disclaimer == "early");
}

TEST_CASE("a text is measured in characters, and one with a placeholder is not measured") {
  Json manifest = small();
  std::string name;
  for (int i = 0; i < 100; ++i) name += "\xc3\xa9";
  manifest["name"] = name;
  manifest["description"] = "${{TEXT}}" + std::string(2000, 'x');
  CHECK_FALSE(breaks(reading_of(manifest)));
}

TEST_CASE("members of a wrong type are errors that name their place, never a crash") {
  Json manifest = small();
  manifest["capabilities"] = "WebSearch";
  manifest["conversation_starters"] = {"What's for lunch?", 7};
  manifest["actions"] = {1, nullptr, Json::array()};
  manifest["behavior_overrides"] = 3;
  manifest["disclaimer"] = Json::array();
  manifest["editorial_answers"] = "x";
  manifest["worker_agents"] = {3};
  const DeclarativeReading reading = reading_of(manifest);
  for (const char* pointer :
       {"/capabilities", "/conversation_starters/0", "/conversation_starters/1", "/actions/0",
        "/actions/1", "/actions/2", "/behavior_overrides", "/disclaimer", "/editorial_answers",
        "/worker_agents/0"}) {
    INFO(pointer);
    REQUIRE(finding_at(reading, pointer) != nullptr);
    CHECK(finding_at(reading, pointer)->verdict == Verdict::error);
  }
  CHECK(reading.agent.actions.empty());
}

TEST_CASE("a starter that depends on a capability is shown where the agent has it") {
  Json manifest = small();
  manifest["capabilities"] = {{{"name", "WebSearch"}}};
  const auto starter = [](const char* text, const char* id) {
    return Json{{"text", text},
                {"depends_on", Json::array({Json{{"name", "capabilities"}, {"id", id}}})}};
  };
  manifest["conversation_starters"] = {starter("Look it up", "WebSearch"),
                                       starter("Read my mail", "Email")};
  const DeclarativeReading reading = reading_of(manifest);
  REQUIRE(reading.agent.starters.size() == 1);
  CHECK(reading.agent.starters[0].text == "Look it up");
  CHECK_FALSE(breaks(reading));
  const AgentFinding* told = finding_at(reading, "/conversation_starters/1/depends_on");
  REQUIRE(told != nullptr);
  CHECK(told->text == "the agent has no 'Email', so this is not shown");
}

TEST_CASE("skills that an agent names are members from version 1.7 on") {
  Json manifest = small("v1.7");
  manifest["agent_skills"] = {{{"folder", "./skills/tides"}, {"expose_skill_to_copilot", true}}};
  const DeclarativeReading reading = reading_of(manifest);
  REQUIRE(reading.agent.skills.size() == 1);
  CHECK(reading.agent.skills[0].folder == "./skills/tides");
  CHECK(reading.agent.skills[0].pointer == "/agent_skills/0/folder");
  CHECK_FALSE(breaks(reading));
  manifest["version"] = "v1.6";
  CHECK(breaks(reading_of(manifest)));
}

TEST_CASE("a worker known by its id alone is told to be one of the project") {
  Json manifest = small();
  manifest["worker_agents"] = {{{"id", "P_1"}}};
  const DeclarativeReading reading = reading_of(manifest);
  REQUIRE(finding_at(reading, "/worker_agents/0/id") != nullptr);
  CHECK(finding_at(reading, "/worker_agents/0/id")->verdict == Verdict::differently);
}

TEST_CASE("a name that is no text is not called missing") {
  Json manifest = small();
  manifest["name"] = {{"short", "x"}};
  CHECK(read_declarative_agent(manifest).error().detail ==
        "a declarative agent's \"name\" is a text");
}

TEST_CASE("the agent's instructions hold its own, its set answers, what it has and its limits") {
  Json manifest = small();
  manifest["behavior_overrides"] = {
      {"special_instructions", {{"discourage_model_knowledge", true}}}};
  manifest["editorial_answers"] = {{"answers", {{{"question", "Open?"}, {"answer", "Always."}}}}};
  DeclarativeMeans means;
  means.notes = {"knowledge.search looks through: menu.md"};
  const std::string text = instructions_of(reading_of(manifest).agent, means);
  CHECK(text.starts_with("Be warm.\n\n# Set answers\n"));
  CHECK(text.find("\n- Question: Open?\n  Answer: Always.") != std::string::npos);
  CHECK(text.find("# What you have\n- knowledge.search looks through: menu.md") !=
        std::string::npos);
  CHECK(text.ends_with("say that you do not know it."));
}

TEST_CASE("an agent that thinks deeper asks its model for much reasoning, and a kept one too") {
  Json manifest = small();
  manifest["behavior_overrides"] = {{"default_response_mode", "Think deeper"}};
  DeclarativeMeans means;
  means.name = "bistro";
  means.tools = {"plugin:menu.*", "agent:cook"};
  const auto agent = agent_from_declarative(reading_of(manifest).agent, means);
  REQUIRE(agent.has_value());
  CHECK((*agent)->spec().name == "bistro");
  CHECK((*agent)->spec().strategy == "loop");
  CHECK((*agent)->spec().tools == means.tools);
  ModelRequest request;
  (*agent)->shape(request);
  CHECK(request.options.reasoning_effort == "high");
  const auto kept = strategy_options_from_json(to_json(options_of(**agent)));
  REQUIRE(kept.has_value());
  CHECK(kept->reasoning_effort == "high");
}

TEST_CASE("an agent with a code interpreter writes code") {
  DeclarativeMeans means;
  means.writes_code = true;
  const auto agent = agent_from_declarative(reading_of(small()).agent, means);
  REQUIRE(agent.has_value());
  CHECK((*agent)->spec().strategy == "code");
  CHECK((*agent)->spec().name == "il-ristorante");
}

TEST_CASE("a name becomes one that files and commands take") {
  CHECK(plain_agent_name("Il Ristorante") == "il-ristorante");
  CHECK(plain_agent_name("  IT/Helpdesk 2.0!") == "it-helpdesk-2-0");
  CHECK(plain_agent_name("\xe6\x96\x99\xe7\x90\x86") == "agent");
  CHECK(plain_agent_name(std::string(200, 'a')).size() == 48);
}

TEST_CASE("documents of other kinds are not taken for declarative agents") {
  CHECK(is_declarative_agent(small()));
  CHECK(is_declarative_agent(Json{{"$schema", "https://x/copilot/declarative-agent/v1.0/a.json"}}));
  CHECK_FALSE(is_declarative_agent(Json{{"schema_version", "v2.4"}, {"namespace", "a"}}));
  CHECK_FALSE(is_declarative_agent(Json{{"manifestVersion", "1.19"}, {"name", Json::object()}}));
  CHECK_FALSE(is_declarative_agent(Json{{"openapi", "3.0.0"}, {"paths", Json::object()}}));
  CHECK_FALSE(is_declarative_agent(Json{{"name", "package"}, {"version", "1.0.0"}}));
}

}  // namespace yoke
