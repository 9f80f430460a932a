#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "runtime/base/text.h"
#include "tests/support/temp_project.h"

// The analyst example through the real program, on every question that is written down beside it.
namespace yoke::testing {
namespace {

class Analyst : public TempProject {
 public:
  Analyst() : TempProject(YOKE_PROGRAM) {
    namespace fs = std::filesystem;
    const fs::path example = "examples/analyst";
    fs::copy(example, path(), fs::copy_options::recursive);
    fs::remove_all(file(".yoke"));
    Result<Json> parsed = parse_json(read("tests/questions.json"));
    REQUIRE(parsed.has_value());
    for (const auto& [name, text] : member_at(*parsed, "files").items()) {
      write("data/" + name, text.get<std::string>());
    }
    questions = member_at(*parsed, "questions");
  }

  // The answer to the last turn of a conversation.
  std::string ask(const Json& turns) const {
    Ended ended;
    if (turns.size() == 1) {
      ended = yoke(Args{"run", "--quiet", "analyst", turns.front().get<std::string>()});
    } else {
      ProcessOptions options = this->options({"repl", "--json", "--quiet", "analyst"});
      for (const Json& turn : turns) options.input += turn.get<std::string>() + "\n";
      ended = yoke(options);
      std::string last;
      for (const Json& line : json_lines(ended.out)) {
        if (string_at(line, "kind") == "run.completed") last = string_at(line, "text");
      }
      ended.out = last;
    }
    INFO(ended.err);
    CHECK(ended.status == 0);
    return ended.out;
  }

  Json questions;
};

void judge(const Json& question, const std::string& answer) {
  INFO(to_text(member_at(question, "ask")) << "\n" << answer);
  if (bool_at(question, "declined")) CHECK(answer.starts_with("I can't answer"));
  for (const Json& fact : member_at(question, "expect")) {
    INFO("expected: " << fact);
    CHECK(answer.find(fact.get<std::string>()) != std::string::npos);
  }
}

// Every `parts`th question, so that CTest asks the parts beside each other.
void ask_part(std::size_t part, std::size_t parts) {
  const Analyst analyst;
  REQUIRE(analyst.questions.size() > 50);
  for (std::size_t at = part; at < analyst.questions.size(); at += parts) {
    const Json& question = analyst.questions[at];
    judge(question, analyst.ask(member_at(question, "ask")));
  }
}

}  // namespace

TEST_CASE("the analyst answers its questions with the right figures, first half") {
  ask_part(0, 2);
}

TEST_CASE("the analyst answers its questions with the right figures, second half") {
  ask_part(1, 2);
}

TEST_CASE("the analyst's run is whole and replays") {
  const Analyst analyst;
  analyst.ask(analyst.questions[0].at("ask"));
  CHECK(analyst.yoke(Args{"runs", "verify"}).status == 0);
  CHECK(analyst.yoke(Args{"runs", "replay", "@last"}).status == 0);
  CHECK(analyst.yoke(Args{"agents", "check"}).status == 0);
  CHECK(analyst.yoke(Args{"tools", "check"}).status == 0);
}

TEST_CASE("a table of a hundred megabytes is declined plainly") {
  const Analyst analyst;
  {
    std::ofstream out(analyst.file("data/seattle-weather.csv"), std::ios::binary);
    const std::string row = "2012/01/01,0.0,12.8,5.0,4.7,drizzle\n";
    std::string block;
    while (block.size() < (1 << 20)) block += row;
    out << "date,precipitation,temp_max,temp_min,wind,weather\n";
    for (int megabyte = 0; megabyte < 100; ++megabyte) out << block;
  }
  const Ended ended =
      analyst.yoke(Args{"run", "analyst", "Which month of 2015 was the wettest in Seattle?"});
  INFO(ended.out << ended.err);
  CHECK(ended.status >= 0);
  CHECK(ended.status <= 1);
  const std::string said = ended.out + ended.err;
  CHECK(said.find("December") == std::string::npos);
  CHECK((said.find("too large") != std::string::npos || said.find("at most") != std::string::npos));
}

}  // namespace yoke::testing
