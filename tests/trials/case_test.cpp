#include "trials/case.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

std::string complaint(const std::string& text) {
  const Result<std::vector<TrialCase>> cases = read_cases(text, "p.jsonl");
  return cases ? "" : cases.error().message();
}

}  // namespace

TEST_CASE("a prompts file of plain lines has a case a line, called by its number") {
  const Result<std::vector<TrialCase>> cases = read_cases("one\n\n  two  \n", "p.txt");
  REQUIRE(cases.has_value());
  REQUIRE(cases->size() == 2);
  CHECK((*cases)[1].id == "3");
  CHECK((*cases)[1].place == "p.txt:3");
  CHECK((*cases)[1].prompt == "two");
  CHECK(text_of((*cases)[1].request.messages.front()) == "two");
}

TEST_CASE("a prompts file of JSON lines says what belongs to each prompt") {
  const Result<std::vector<TrialCase>> cases =
      read_cases(R"({"id":"a","prompt":"p","system":"s","schema":{"type":"object"},"expected":7,)"
                 R"("temperature":0.5,"max_tokens":9,"images":["x.png"]})",
                 "p.jsonl");
  REQUIRE(cases.has_value());
  const TrialCase& one = cases->front();
  CHECK(one.id == "a");
  CHECK(one.request.instructions == "s");
  CHECK(one.request.output_schema == Json{{"type", "object"}});
  CHECK(one.expected == 7);
  CHECK(one.request.temperature == 0.5);
  CHECK(one.request.output_tokens_max == 9);
  CHECK(one.images == std::vector<std::string>{"x.png"});
}

TEST_CASE("a prompts file's errors name the line and the mend") {
  CHECK(complaint("") == "p.jsonl: there is no prompt in it");
  CHECK(complaint("{\"prompt\":\"a\"}\n{\"promt\":\"b\"}") ==
        "p.jsonl:2: 'promt' is no field of a case (did you mean 'prompt'?)");
  CHECK(complaint("{\"id\":\"a\"}") == "p.jsonl:1: 'prompt' is missing");
  CHECK(complaint("{\"id\":\"a\",\"prompt\":\"x\"}\n{\"id\":\"a\",\"prompt\":\"y\"}") ==
        "p.jsonl:2: the id 'a' is there twice");
  CHECK(complaint("{\"prompt\":").find("p.jsonl:1: ") == 0);
  CHECK(complaint("{\"prompt\":\"a\",\"temperature\":3}") ==
        "p.jsonl:1: 'temperature' must be a number from 0 to 2");
  CHECK(
      complaint("{\"prompt\":\"a\",\"schema\":{\"type\":\"nothing\"}}").find("p.jsonl:1: schema") ==
      0);
  CHECK(complaint("\xff") == "p.jsonl: it is not valid UTF-8");
}

}  // namespace yoke
