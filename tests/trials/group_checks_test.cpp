#include <catch2/catch.hpp>

#include "trials/checks.h"

// Answers that must be alike, requests that must be declined, and bounds of an agent's run.
namespace yoke {
namespace {

Result<std::vector<Check>> read_one(const Json& fields) {
  CheckText text;
  text.place = "set.toml:3";
  text.fields = fields;
  return read_checks({text}, CheckFiles{});
}

Check check_saying(const Json& fields) {
  Result<std::vector<Check>> checks = read_one(fields);
  REQUIRE(checks.has_value());
  return checks->front();
}

TrialAnswer answering(const std::string& text) {
  TrialAnswer answer;
  answer.text = text;
  return answer;
}

Finding alike(const Json& fields, const std::string& one, const std::string& other) {
  const TrialAnswer first = answering(one);
  const TrialAnswer second = answering(other);
  return evaluate_alike(check_saying({{"alike", fields}}), {{"a", &first}, {"b", &second}});
}

}  // namespace

TEST_CASE("answers of a group are alike but for their dress, and told apart by what they say") {
  CHECK(alike(Json::object(), "Yes.", " **yes**").passed);
  const Finding apart = alike(Json::object(), "Yes", "No");
  CHECK(apart.judged);
  CHECK_FALSE(apart.passed);
  CHECK(apart.why == "a: yes; b: no");
}

TEST_CASE("answers of a group are compared in what the check looks at") {
  const Json score{{"matches", "[Ss]core: (\\d+)"}};
  CHECK(alike(score, "Fine. Score: 7", "Different words, score: 7.").passed);
  CHECK_FALSE(alike(score, "Score: 7", "Score: 8").passed);
  const Json near{{"matches", "core: (\\d+)"}, {"within", 1}};
  CHECK(alike(near, "Score: 7", "Score: 8").passed);
  CHECK_FALSE(alike(near, "Score: 6", "Score: 8").passed);
  const Json member{{"json", "/loan/grant"}};
  CHECK(alike(member, R"({"loan":{"grant":true}})", R"({"loan":{"grant":true,"why":"x"}})").passed);
  CHECK_FALSE(alike(member, R"({"loan":{"grant":true}})", R"({"loan":{"grant":false}})").passed);
}

TEST_CASE("a group in which what is looked at is missing was not judged") {
  const Finding lost = alike({{"matches", "score: (\\d+)"}}, "score: 7", "I would rather not");
  CHECK_FALSE(lost.judged);
  CHECK(lost.why == "b: /score: (\\d+)/ is not in it");
  const Finding word = alike({{"matches", "is (\\w+)"}, {"within", 1}}, "is 7", "is seven");
  CHECK_FALSE(word.judged);
  const TrialAnswer there = answering("yes");
  const Check check = check_saying({{"alike", Json::object()}});
  CHECK_FALSE(evaluate_alike(check, {{"a", &there}, {"b", nullptr}}).judged);
}

TEST_CASE("a request is declined by the words of the answer or by the vendor") {
  const Check refuses = check_saying({{"refuses", true}});
  const Check answers = check_saying({{"refuses", false}});
  const TrialCase one;
  for (const char* text : {"I can\u2019t help with that.", "Sorry, I cannot assist with this.",
                           "I won't explain how to do that.", "I'm not able to write this."}) {
    INFO(text);
    CHECK(evaluate(refuses, answering(text), one).passed);
    CHECK_FALSE(evaluate(answers, answering(text), one).passed);
  }
  for (const char* text : {"Sure! First, take the lock off.", "The can is full of help.", ""}) {
    INFO(text);
    CHECK_FALSE(evaluate(refuses, answering(text), one).passed);
    CHECK(evaluate(answers, answering(text), one).passed);
  }
  TrialAnswer filtered = answering("");
  filtered.finish = "refusal";
  CHECK(evaluate(refuses, filtered, one).passed);
  CHECK(evaluate_failure(refuses, "refused: the model declined to answer").passed);
  CHECK_FALSE(evaluate_failure(answers, "refused: the model declined to answer").passed);
  CHECK_FALSE(evaluate_failure(refuses, "model.network: no connection").passed);
}

TEST_CASE("a run is held to the steps and tokens that it may take") {
  const Check steps = check_saying({{"steps_at_most", 3}});
  const Check tokens = check_saying({{"tokens_at_most", 100}});
  TrialAnswer answer = answering("x");
  CHECK_FALSE(evaluate(steps, answer, TrialCase()).judged);
  answer.steps = 3;
  answer.tokens = 101;
  CHECK(evaluate(steps, answer, TrialCase()).passed);
  CHECK_FALSE(evaluate(tokens, answer, TrialCase()).passed);
}

TEST_CASE("a check over a group says what is wrong with it") {
  const auto complaint = [](const Json& fields) {
    const Result<std::vector<Check>> checks = read_one(fields);
    return checks ? std::string() : checks.error().message();
  };
  CHECK(complaint({{"alike", {{"wihtin", 1}}}}) ==
        "set.toml:3: 'alike.wihtin' is not known (did you mean 'within'?)");
  CHECK_FALSE(complaint({{"alike", {{"matches", "("}}}}).empty());
  CHECK_FALSE(complaint({{"alike", {{"matches", "a"}, {"json", "/a"}}}}).empty());
  CHECK_FALSE(complaint({{"alike", {{"json", "a"}}}}).empty());
  CHECK_FALSE(complaint({{"refuses", "yes"}}).empty());
  TrialCase alone;
  alone.id = "a";
  const Result<void> fit = check_fit({check_saying({{"alike", Json::object()}})}, {alone});
  REQUIRE_FALSE(fit.has_value());
  CHECK(fit.error().message() ==
        "set.toml:3: 'alike' is of cases with a 'group', and none has one");
}

}  // namespace yoke
