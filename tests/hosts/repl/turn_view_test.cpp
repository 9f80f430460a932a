#include <catch2/catch.hpp>

#include "hosts/repl/turn_view.h"
#include "hosts/screen/live_screen.h"

namespace yoke {
namespace {

std::string joined(const StyledLines& lines) {
  std::string out;
  for (const StyledLine& line : lines) out += text_of(line) + "\n";
  return out;
}

// Tells a view what a run does, event by event.
class Told {
 public:
  explicit Told(std::size_t columns = 60) : transcript_(columns), view_(transcript_) {
    view_.begin("run");
  }

  TurnView& view() { return view_; }
  Transcript& transcript() { return transcript_; }

  void event(EventKind kind, Json fields, const std::string& call = "") {
    Event event;
    event.kind = kind;
    event.run_id = "run";
    event.seq = ++seq_;
    event.at = 1000 * seq_;
    event.call_id = call;
    event.fields = std::move(fields);
    view_.on_event(event);
  }
  void model_called() {
    event(EventKind::model_called,
          Json{{"target", "t"}, {"request", "h"}, {"messages", 1}, {"estimate", Json::object()}},
          "m1");
  }
  void model_replied(const std::string& text, const std::string& reasoning = "") {
    Message message;
    message.role = Role::assistant;
    if (!reasoning.empty()) message.parts.emplace_back(ReasoningPart{reasoning});
    message.parts.emplace_back(TextPart{text});
    Usage usage;
    usage.input = 90;
    usage.output = 10;
    event(EventKind::model_replied,
          Json{{"message", to_json(message)},
               {"finish", "stop"},
               {"usage", to_json(usage)},
               {"cost", 0},
               {"target", "t"},
               {"attempts", 1}},
          "m1");
  }
  void delta(Delta::Kind kind, const std::string& text) {
    Delta piece;
    piece.kind = kind;
    piece.text = text;
    view_.on_delta("run", "m1", piece);
  }
  std::string finished() { return joined(transcript_.take_finished()); }
  std::string live() { return joined(view_.live(20)); }

 private:
  Transcript transcript_;
  TurnView view_;
  std::int64_t seq_ = 0;
};

}  // namespace

TEST_CASE("an answer that streamed is not shown again by the event that finishes it") {
  Told told;
  told.model_called();
  told.delta(Delta::Kind::text, "Hello ");
  CHECK(told.live() == "Hello\n");
  told.delta(Delta::Kind::text, "there.\n\nMore");
  CHECK(told.finished() == "Hello there.\n");
  told.model_replied("Hello there.\n\nMore");
  CHECK(told.finished() == "\nMore\n");
  told.event(EventKind::run_completed, Json{{"text", "Hello there.\n\nMore"}});
  CHECK(told.finished().empty());
  CHECK(told.view().has_ended());
}

TEST_CASE("an answer that did not stream is shown once it is there") {
  Told told;
  told.model_called();
  told.model_replied("All at once.");
  CHECK(told.finished() == "All at once.\n");
}

TEST_CASE("what a reset voids is said to be void, and what replaces it is shown") {
  Told told;
  told.model_called();
  told.delta(Delta::Kind::text, "Wrong");
  told.delta(Delta::Kind::reset, "");
  told.delta(Delta::Kind::text, "Right");
  told.model_replied("Right");
  CHECK(told.finished() == "Wrong\n(the reply starts over)\n\nRight\n");
}

TEST_CASE("a text that a guard put in the place of another is shown whole") {
  Told told;
  told.model_called();
  told.delta(Delta::Kind::text, "The key is 12345");
  told.model_replied("The key is [removed]");
  CHECK(told.finished() ==
        "The key is 12345\n(what came before was replaced)\n\nThe key is [removed]\n");
}

TEST_CASE("thoughts are one line, and whole once they are unfolded") {
  Told told;
  told.model_called();
  told.delta(Delta::Kind::reasoning, "I wonder about it.");
  CHECK(told.live() == "I wonder about it.\n");
  told.model_replied("Done.", "I wonder about it.");
  const std::string folded = told.finished();
  CHECK(folded.find("thought for") != std::string::npos);
  CHECK(folded.find("wonder") == std::string::npos);
  told.view().fold(false);
  CHECK(told.finished() == "I wonder about it.\n");
}

TEST_CASE("a call is one line that fills in, and one line when it has returned") {
  for (const std::size_t columns : {40, 80}) {
    Told told(columns);
    told.event(EventKind::tool_called,
               Json{{"tool", "csv.stats"},
                    {"args", {{"file", "a-file-with-a-long-name-indeed.csv"}}},
                    {"effect", "read"},
                    {"key", "k"}},
               "c1.0");
    told.view().on_progress("run", "c1.0", 1, 4, "reading");
    const std::string live = told.live();
    CHECK(live.find("csv.stats(") != std::string::npos);
    CHECK(live.find("25 %") != std::string::npos);
    told.view().on_progress("run", "c1.0", 1e300, 1e-300, "reading");
    CHECK(told.live().find("100 %") != std::string::npos);
    told.event(EventKind::tool_returned,
               Json{{"outcome", "ok"}, {"value", {{"mean", 12.5}, {"rows", "one\ntwo"}}}}, "c1.0");
    const StyledLines lines = told.transcript().take_finished();
    REQUIRE(lines.size() == 1);
    CHECK(columns_of(lines[0]) < columns);
    CHECK(text_of(lines[0]).find("✓ csv.stats(") != std::string::npos);
    CHECK(text_of(lines[0]).find("→ {\"mean\"") != std::string::npos);
    CHECK(text_of(lines[0]).ends_with("1 ms"));
  }
}

TEST_CASE("of a run below, its calls are shown under the call that started it") {
  Told told;
  told.event(
      EventKind::child_started,
      Json{{"child", "below"}, {"agent", "writer"}, {"task", "write"}, {"limits", Json::object()}},
      "c1.0");
  CHECK(told.view().take_children() == std::vector<std::string>{"below"});
  Event inner;
  inner.kind = EventKind::tool_called;
  inner.run_id = "below";
  inner.call_id = "c3.0";
  inner.fields = Json{{"tool", "fs.read"}, {"args", Json::object()}};
  told.view().on_event(inner);
  CHECK(told.live().find("\n    ") != std::string::npos);
  CHECK(told.view().take_children().empty());
}

TEST_CASE("a plan is a tree that lasts while it is carried out, and is shown whole at its end") {
  Told told;
  told.event(EventKind::run_started, Json{{"agent", "planner"},
                                          {"tenant", "local"},
                                          {"program", "hash"},
                                          {"limits", Json::object()}});
  told.model_called();
  const Json steps =
      Json::array({Json{{"id", "stats"}, {"tool", "csv.stats"}},
                   Json{{"id", "write"}, {"agent", "writer"}, {"needs", Json::array({"stats"})}}});
  told.event(EventKind::plan_proposed, Json{{"plan", {{"steps", steps}}}}, "m1");
  const std::string tree = told.finished();
  CHECK(tree.find("plan\n  · stats") != std::string::npos);
  CHECK(tree.find("    · write  agent writer  after stats") != std::string::npos);
  CHECK(told.live().find("    · write") != std::string::npos);
}

TEST_CASE("questions are known while they are open") {
  Told told;
  told.event(EventKind::question_asked,
             Json{{"question", "a.c1.0"},
                  {"title", "Allow it?"},
                  {"purpose", "approve"},
                  {"choices", Json::array({"yes", "no"})}},
             "c1.0");
  REQUIRE(told.view().question().has_value());
  CHECK(told.view().question()->title == "Allow it?");
  told.event(EventKind::question_answered,
             Json{{"question", "a.c1.0"}, {"value", "yes"}, {"by", "ann"}}, "c1.0");
  CHECK_FALSE(told.view().question().has_value());
}

TEST_CASE("of a long session only the newest part is kept") {
  Transcript transcript(80);
  for (int i = 0; i < 10'000; ++i) {
    transcript.said("message " + std::to_string(i));
    transcript.markdown("An answer of some words, the " + std::to_string(i) + "th.");
    transcript.take_finished();
  }
  const std::string last = joined(transcript.last(100'000));
  CHECK(last.size() < 2 * Transcript::kKeptBytesMax);
  CHECK(last.find("message 9999") != std::string::npos);
  CHECK(last.find("message 10\n") == std::string::npos);
}

TEST_CASE("at another width the last of it all is laid out anew, what streams too") {
  Transcript transcript(60);
  transcript.said("a question");
  transcript.stream("First paragraph of the answer.\n\nSecond, which is open");
  transcript.take_finished();
  transcript.set_columns(20);
  CHECK(joined(transcript.last(50)) == "> a question\n\nFirst paragraph of\nthe answer.\n");
  CHECK(joined(transcript.unfinished()) == "\nSecond, which is\nopen\n");
}

}  // namespace yoke
