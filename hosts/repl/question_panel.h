#pragma once

#include <string>
#include <vector>

#include "hosts/repl/turn_view.h"
#include "hosts/screen/keys.h"

namespace yoke {

// The purpose of a question that no run asks: whether something may be used. Answered with "grant",
// "later", "show", or {"said": WORDS} for words that are no answer.
inline constexpr const char* kGrantPurpose = "grant";

// A question as a person answers it at the prompt. Pure.
//
// An approval is answered by a number, by the arrows and Enter, or by words; a form field by field;
// a choice by its number; all else by words.
class QuestionPanel {
 public:
  struct Options {
    bool may_change_policy = false;  // "always" is offered where a rule would be heeded
  };
  QuestionPanel(PromptQuestion question, Options options);

  const PromptQuestion& question() const { return question_; }

  struct Outcome {
    enum class Kind : std::uint8_t {
      none,    // nothing yet
      answer,  // with `value`
      always,  // yes, and a rule is to be written for `tool`
      edit,    // what is in `value` is to be edited; then edited() is the answer
      rule,    // which rule asks is to be told
    };
    Kind kind = Kind::none;
    Json value = nullptr;
    std::string tool = {};
  };
  // While nothing is typed: whether the key is one of the panel's, and what it does.
  bool takes(const KeyPress& key) const;
  Outcome press(const KeyPress& key);
  Outcome entered(const std::string& text);  // Enter, with what was typed
  Json edited(Json value) const;             // the answer with what was edited

  StyledLines lines(std::size_t columns, std::size_t rows_max) const;
  StyledLine prompt() const;
  // The same for whoever can show lines alone, and has answers typed.
  StyledLines plain_lines() const;
  std::string line_prompt() const;
  std::string told_rule() const;  // which rule asks, and why

 private:
  struct Choice {
    std::string label;
    Outcome outcome;
    std::vector<std::string> words;  // that mean it
  };
  bool is_approval() const { return question_.purpose == "approve"; }
  bool is_grant() const { return question_.purpose == kGrantPurpose; }
  bool is_plan() const;
  bool is_form() const { return !fields_.empty(); }
  void add_choices(const Options& options);
  void add_grant_choices();
  StyledLines about(std::size_t columns) const;
  Outcome field_entered(const std::string& text);

  PromptQuestion question_;
  std::vector<Choice> choices_;
  std::size_t selected_ = 0;
  std::vector<std::string> fields_;  // of a form, and how many were answered
  std::size_t field_ = 0;
  Json form_ = Json::object();
};

}  // namespace yoke
