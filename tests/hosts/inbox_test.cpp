#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/temp_project.h"

// The inbox example through the real program, as its README tells a reader to run it.
namespace yoke::testing {
namespace {

class Inbox : public TempProject {
 public:
  Inbox() : TempProject(YOKE_PROGRAM) {
    namespace fs = std::filesystem;
    fs::copy("examples/inbox", path(), fs::copy_options::recursive);
    fs::remove_all(file(".yoke"));
    fs::remove_all(file("out"));
  }

  // The question that the newest run waits with.
  Json open_question() const {
    Json open;
    for (const Json& event : events(newest_run())) {
      const std::string kind = string_at(event, "kind");
      if (kind == "question.asked") open = event;
      if (kind == "question.answered") open = nullptr;
    }
    return open;
  }
  void answer(const Json& question, const std::string& value) const {
    const Ended answered =
        yoke(Args{"runs", "answer", "@last", string_at(question, "question"), value});
    INFO(answered.err);
    REQUIRE(answered.status == 0);
  }
};

std::string to_of(const Json& question) {
  return string_at(member_at(member_at(question, "body"), "args"), "to");
}

}  // namespace

TEST_CASE("the inbox example sorts the mails, asks before each answer, and forwards nothing") {
  const Inbox inbox;
  const Ended begun = inbox.yoke(Args{"run", "triage", "Sort my inbox."});
  INFO(begun.err);
  REQUIRE(begun.status == 3);
  const Json first = inbox.open_question();
  CHECK(to_of(first) == "dora@home.example");
  CHECK(string_at(member_at(first, "body"), "rule") == "labels.critical");
  CHECK(first.contains("expires"));
  const std::string seq = std::to_string(integer_at(first, "seq"));
  const Ended told = inbox.yoke(Args{"policy", "explain", "@last", seq});
  CHECK(told.out.find("which stands in no trusted text but in untrusted content") !=
        std::string::npos);
  inbox.answer(first, "yes");
  REQUIRE(inbox.yoke(Args{"runs", "resume", "@last", "--yes"}).status == 3);
  const Json second = inbox.open_question();
  CHECK(to_of(second) == "eve@evil.example");
  inbox.answer(second, "no");
  const Ended done = inbox.yoke(Args{"runs", "resume", "@last"});
  INFO(done.err);
  CHECK(done.status == 0);
  CHECK(done.out == "All 5 mails are sorted.\n");
  const std::string sent = inbox.read("out/sent.txt");
  CHECK(sent.find("to dora@home.example: Re: Saturday") != std::string::npos);
  CHECK(sent.find("eve@evil.example") == std::string::npos);
  CHECK(inbox.read("out/filed.txt") == "m1 news\nm2 answered\nm3 bills\nm4 later\nm5 later\n");
  CHECK(inbox.yoke(Args{"runs", "replay", "@last"}).status == 0);
}

}  // namespace yoke::testing
