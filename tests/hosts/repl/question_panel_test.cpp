#include <catch2/catch.hpp>

#include "hosts/repl/question_panel.h"

namespace yoke {
namespace {

using PanelKind = QuestionPanel::Outcome::Kind;

PromptQuestion approval_by(const std::string& rule) {
  PromptQuestion question;
  question.run_id = "r";
  question.id = "a.c3.0";
  question.purpose = "approve";
  question.title = "Allow mail.send?";
  question.body = Json{{"tool", "mail.send"}, {"args", {{"to", "ann"}}}, {"rule", rule}};
  question.choices = Json::array({"yes", "no"});
  return question;
}

QuestionPanel panel_of(const PromptQuestion& question, bool policy = true) {
  QuestionPanel::Options options;
  options.may_change_policy = policy;
  return QuestionPanel(question, options);
}

std::string shown_in(const QuestionPanel& panel, std::size_t columns = 60) {
  std::string out;
  for (const StyledLine& line : panel.lines(columns, 20)) out += text_of(line) + "\n";
  return out;
}

KeyPress key_of_text(const std::string& text) { return KeyPress{KeyPress::Kind::text, text}; }

}  // namespace

TEST_CASE("an approval is answered by number, by arrows and by words") {
  QuestionPanel panel = panel_of(approval_by("default"));
  CHECK(panel.takes(key_of_text("1")));
  CHECK_FALSE(panel.takes(key_of_text("7")));
  CHECK_FALSE(panel.takes(key_of_text("x")));
  CHECK(panel.press(key_of_text("1")).value == "yes");
  panel.press(KeyPress{KeyPress::Kind::down});
  const auto session = panel.press(KeyPress{KeyPress::Kind::enter});
  CHECK(session.value == Json{{"approve", true}, {"scope", "session"}});
  CHECK(panel.entered("a").kind == PanelKind::always);
  CHECK(panel.entered("a").tool == "mail.send");
  CHECK(panel.entered("no").value == "no");
  CHECK(panel.entered("ask Ann first").value ==
        Json{{"approve", false}, {"message", "ask Ann first"}});
  CHECK(panel.entered("n too late").value == Json{{"approve", false}, {"message", "too late"}});
  CHECK(panel.entered("  ").kind == PanelKind::none);
}

TEST_CASE("always is offered where an allow would be heeded, and nowhere else") {
  CHECK(shown_in(panel_of(approval_by("default"))).find("always") != std::string::npos);
  CHECK(shown_in(panel_of(approval_by("tool.confirmation"))).find("always") != std::string::npos);
  CHECK(shown_in(panel_of(approval_by("default"), false)).find("always") == std::string::npos);
  for (const char* rule : {"agent.approve", "mail.*", "labels.critical"}) {
    CHECK(shown_in(panel_of(approval_by(rule))).find("always") == std::string::npos);
  }
}

TEST_CASE("the arguments are shown, and changed ones are an answer") {
  const QuestionPanel panel = panel_of(approval_by("default"));
  CHECK(shown_in(panel).find("  to: ann\n") != std::string::npos);
  QuestionPanel edits = panel;
  const auto outcome = edits.entered("e");
  CHECK(outcome.kind == PanelKind::edit);
  CHECK(outcome.value == Json{{"to", "ann"}});
  CHECK(panel.edited(Json{{"to", "bob"}}) == Json{{"approve", true}, {"args", {{"to", "bob"}}}});
}

TEST_CASE("a question with choices is answered by one, and without by words") {
  PromptQuestion question;
  question.id = "q1";
  question.purpose = "ask";
  question.title = "Send it?";
  question.choices = Json::array({"now", "later"});
  QuestionPanel panel = panel_of(question);
  CHECK(panel.press(key_of_text("2")).value == "later");
  CHECK(panel.entered("now").value == "now");
  question.choices = Json::array();
  QuestionPanel open = panel_of(question);
  CHECK_FALSE(open.takes(KeyPress{KeyPress::Kind::enter}));
  CHECK(open.entered("tomorrow").value == "tomorrow");
}

TEST_CASE("a form is asked field by field, and may be declined") {
  PromptQuestion question;
  question.id = "i.c3.0.1";
  question.purpose = "input";
  question.title = "Who?";
  question.body =
      Json{{"schema",
            {{"properties", {{"age", {{"type", "integer"}}}, {"name", {{"type", "string"}}}}}}}};
  QuestionPanel panel = panel_of(question);
  CHECK(text_of(panel.prompt()) == "age: ");
  CHECK(panel.entered("41").kind == PanelKind::none);
  CHECK(text_of(panel.prompt()) == "name: ");
  const auto outcome = panel.entered("Ann");
  CHECK(outcome.kind == PanelKind::answer);
  CHECK(outcome.value == Json{{"age", "41"}, {"name", "Ann"}});
  QuestionPanel declined = panel_of(question);
  CHECK(declined.entered("decline").value == "decline");
}

TEST_CASE("a question fits a narrow screen and drives no terminal") {
  PromptQuestion question = approval_by("default");
  question.title = "Allow \x1b[2Jmail.send to somebody whose name is long?";
  question.body["args"]["text"] = std::string(3000, 'x');
  const QuestionPanel panel = panel_of(question);
  for (const StyledLine& line : panel.lines(40, 20)) {
    CHECK(columns_of(line) <= 40);
    CHECK(text_of(line).find('\x1b') == std::string::npos);
  }
  CHECK(panel.lines(40, 20).size() <= 21);
}

}  // namespace yoke
