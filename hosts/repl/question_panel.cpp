#include "hosts/repl/question_panel.h"

#include <algorithm>
#include <utility>

#include "hosts/app/ask.h"
#include "hosts/screen/glyphs.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

using Kind = QuestionPanel::Outcome::Kind;

std::string shown_choice(const Json& choice) {
  return screen_text(choice.is_string() ? choice.get<std::string>() : to_text(choice));
}

const Json& properties_of(const PromptQuestion& question) {
  const bool is_input = question.purpose == "input";
  return member_at(member_at(question.body, is_input ? "schema" : ""), "properties");
}

// What the person is to look at, without what is said elsewhere.
std::string text_about(const PromptQuestion& question) {
  if (question.purpose == kGrantPurpose) {
    std::string powers;
    for (const Json& power : member_at(question.body, "powers")) {
      if (power.is_string()) powers += "  " + power.get<std::string>() + "\n";
    }
    return powers;
  }
  QuestionState state;
  state.id = question.id;
  state.purpose = question.purpose;
  state.title = question.title;
  state.body = question.body;
  if (question.purpose == "approve" && member_at(question.body, "args").is_object()) {
    state.body = question.body["args"];
    if (state.body.empty()) return "  (no arguments)\n";
  }
  return question_text(state);
}

}  // namespace

QuestionPanel::QuestionPanel(PromptQuestion question, Options options)
    : question_(std::move(question)) {
  const Json& fields = properties_of(question_);
  if (fields.is_object()) {
    for (const auto& [name, field] : fields.items()) fields_.push_back(name);
  }
  if (is_grant()) {
    add_grant_choices();
  } else if (!is_form()) {
    add_choices(options);
  }
}

void QuestionPanel::add_grant_choices() {
  const auto answer = [](const char* value) { return Outcome{Kind::answer, value}; };
  choices_.push_back(Choice{"yes, grant it", answer("grant"), {"y", "yes", "grant"}});
  choices_.push_back(Choice{"not now: its calls are refused", answer("later"), {"n", "no"}});
  choices_.push_back(Choice{"show it first", answer("show"), {"s", "show"}});
}

bool QuestionPanel::is_plan() const {
  return question_.id.starts_with("plan.") && member_at(question_.body, "steps").is_array();
}

void QuestionPanel::add_choices(const Options& options) {
  const auto answer = [](Json value) { return Outcome{Kind::answer, std::move(value)}; };
  if (!is_approval() && !is_plan()) {
    for (const Json& choice : question_.choices) {
      choices_.push_back(Choice{shown_choice(choice), answer(choice), {}});
    }
    return;
  }
  choices_.push_back(Choice{"yes, this once", answer("yes"), {"y", "yes"}});
  const std::string tool = string_at(question_.body, "tool");
  if (is_approval() && !is_plan()) {
    const Json session{{"approve", true}, {"scope", "session"}};
    choices_.push_back(
        Choice{"yes, in this session: calls like this one", answer(session), {"s", "session"}});
    // Other rules than these are weakened by no allow.
    const std::string rule = string_at(question_.body, "rule");
    const bool heeded = rule == "default" || rule == "tool.confirmation";
    if (options.may_change_policy && heeded && !tool.empty()) {
      choices_.push_back(Choice{"yes, always: add '" + screen_text(tool) + "' to [policy] allow",
                                Outcome{Kind::always, session, tool},
                                {"a", "always"}});
    }
  }
  Json asked_about = is_plan() ? question_.body : member_at(question_.body, "args");
  choices_.push_back(
      Choice{is_plan() ? "change the plan in $EDITOR" : "change the arguments in $EDITOR",
             Outcome{Kind::edit, std::move(asked_about)},
             {"e", "edit"}});
  choices_.push_back(Choice{"no (or type why not)", answer("no"), {"n", "no"}});
  if (is_approval() && !is_plan()) {
    choices_.push_back(Choice{"show the rule that asks", Outcome{Kind::rule}, {"r", "rule"}});
  }
}

bool QuestionPanel::takes(const KeyPress& key) const {
  if (choices_.empty()) return false;
  switch (key.kind) {
    case KeyPress::Kind::up:
    case KeyPress::Kind::down:
    case KeyPress::Kind::enter:
      return true;
    case KeyPress::Kind::text:
      return key.text.size() == 1 && key.text[0] >= '1' &&
             static_cast<std::size_t>(key.text[0] - '1') < choices_.size();
    default:
      return false;
  }
}

QuestionPanel::Outcome QuestionPanel::press(const KeyPress& key) {
  switch (key.kind) {
    case KeyPress::Kind::up:
      selected_ = (selected_ + choices_.size() - 1) % choices_.size();
      return {};
    case KeyPress::Kind::down:
      selected_ = (selected_ + 1) % choices_.size();
      return {};
    case KeyPress::Kind::enter:
      return choices_.at(selected_).outcome;
    default:
      return choices_.at(static_cast<std::size_t>(key.text.at(0) - '1')).outcome;
  }
}

QuestionPanel::Outcome QuestionPanel::field_entered(const std::string& text) {
  const std::string words(trim(text));
  if (words == "decline" || words == "cancel") return Outcome{Kind::answer, words};
  if (!words.empty()) form_[fields_[field_]] = words;
  if (++field_ < fields_.size()) return {};
  field_ = 0;
  return Outcome{Kind::answer, std::exchange(form_, Json::object())};
}

QuestionPanel::Outcome QuestionPanel::entered(const std::string& text) {
  if (is_form()) return field_entered(text);
  const std::string words(trim(text));
  if (words.empty()) return {};
  const bool is_digits =
      words.size() < 3 && words.find_first_not_of("0123456789") == std::string::npos;
  const std::size_t number = is_digits ? std::stoul(words) : 0;
  if (number >= 1 && number <= choices_.size()) return choices_[number - 1].outcome;
  for (const Choice& choice : choices_) {
    const bool meant =
        std::find(choice.words.begin(), choice.words.end(), words) != choice.words.end();
    if (meant) return choice.outcome;
  }
  if (is_grant()) return Outcome{Kind::answer, Json{{"said", words}}};
  if (!is_approval() && !is_plan()) return Outcome{Kind::answer, words};
  const std::string why(words.starts_with("n ") ? trim(std::string_view(words).substr(2)) : words);
  return Outcome{Kind::answer, Json{{"approve", false}, {"message", why}}};
}

Json QuestionPanel::edited(Json value) const {
  Json answer{{"approve", true}};
  answer[is_plan() ? "plan" : "args"] = std::move(value);
  return answer;
}

std::string QuestionPanel::told_rule() const {
  const std::string rule = string_at(question_.body, "rule");
  std::string text = "asked by the rule '" + rule + "'";
  if (rule == "default") {
    text += ": no rule speaks of the tool, and its effect happens once";
  } else if (rule == "tool.confirmation") {
    text += ": its maker wants it confirmed";
  } else if (rule == "agent.approve") {
    text += ": the agent's `approve` list names it";
  } else if (!rule.starts_with("labels.")) {
    text += " in [policy] ask of yoke.toml";
  }
  const std::string why = string_at(question_.body, "why");
  return why.empty() ? text : text + "\n  " + why;
}

StyledLines QuestionPanel::about(std::size_t columns) const {
  StyledLines body;
  std::string about = text_about(question_);
  if (about.ends_with('\n')) about.pop_back();
  for (const std::string& line : split(about, '\n')) {
    const Margins margins{{}, styled_line("    ")};
    if (!line.empty()) append(body, cut(styled_line(screen_text(line)), columns, margins));
  }
  return body;
}

// The title and the choices stay in view, however few rows there are: what it is about gives way
// first, then all of the title but its beginning, then choices that are not near the chosen one.
StyledLines QuestionPanel::lines(std::size_t columns, std::size_t rows_max) const {
  const std::size_t rows = std::max<std::size_t>(rows_max, 2);
  const Margins margins{styled_line("? ", Look::yellow), styled_line("  ")};
  StyledLines title =
      wrapped(styled_line(screen_text(question_.title), Look::bold), columns, margins);
  const std::size_t shown = std::min(choices_.size(), rows - 1);
  if (title.size() + shown > rows) title.resize(rows - shown);
  StyledLines body = about(columns);
  const std::size_t room = rows - title.size() - shown;
  if (body.size() > room) {
    const std::string more = std::to_string(body.size() - std::max<std::size_t>(room, 1) + 1);
    body.resize(std::max<std::size_t>(room, 1) - 1);
    if (room > 0) body.push_back(styled_line("  … " + more + " more lines", Look::dim));
  }
  StyledLines lines = std::move(title);
  append(lines, std::move(body));
  const std::size_t first = selected_ < shown ? 0 : selected_ - shown + 1;
  for (std::size_t i = first; i < first + shown; ++i) {
    const bool on = i == selected_;
    StyledLine line = styled_line(on ? "  › " : "    ", Look::cyan);
    append(line, std::to_string(i + 1) + "  " + choices_[i].label, on ? Look::bold : Look::plain);
    lines.push_back(clipped(line, columns - 1));
  }
  return lines;
}

StyledLines QuestionPanel::plain_lines() const {
  constexpr std::size_t kWide = 100'000;
  StyledLine title = styled_line("? ", Look::yellow);
  append(title, screen_text(question_.title), Look::bold);
  StyledLines lines = {title};
  append(lines, about(kWide));
  for (std::size_t i = 0; i < choices_.size(); ++i) {
    lines.push_back(styled_line("    " + std::to_string(i + 1) + "  " + choices_[i].label));
  }
  return lines;
}

std::string QuestionPanel::line_prompt() const {
  if (is_form()) return text_of(prompt());
  if (is_grant()) return "grant it? yes/no, or show: ";
  if (is_approval() || is_plan()) return "yes/no, or a number: ";
  return choices_.empty() ? "answer: " : "a number, or words: ";
}

StyledLine QuestionPanel::prompt() const {
  if (!is_form()) return styled_line("? ", Look::yellow);
  const std::string& name = fields_[field_];
  const Json& field = member_at(properties_of(question_), name.c_str());
  std::string text = screen_text(string_at(field, "title", name));
  const std::string doc = string_at(field, "description");
  if (!doc.empty()) text += " (" + shorten(screen_text(doc), 80) + ")";
  return styled_line(text + ": ", Look::yellow);
}

}  // namespace yoke
